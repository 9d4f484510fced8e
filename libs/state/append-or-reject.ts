import { isCertainlyNotStored, type AppendResult, type CommitLog } from '@taffrail/log/commit-log';
import type { Sequence } from '@taffrail/platform/brand';
import type { Logger } from '@taffrail/platform/logger';
import type { ObservedCommit } from './commit-observer.ts';
import type { Member } from './waiting.ts';

/** Appends a commit behind `fence`. Undefined when it is certainly not stored and its callers have been told. */
export async function appendOrReject(
  { log, logger }: { readonly log: CommitLog; readonly logger: Logger },
  commit: { readonly payload: Uint8Array; readonly members: readonly Member[]; readonly observed: ObservedCommit },
  fence: Sequence,
  signal: AbortSignal,
): Promise<AppendResult | undefined> {
  const { payload, members, observed } = commit;
  try {
    return await log.append(payload, fence, signal);
  } catch (error) {
    if (!isCertainlyNotStored(error)) throw error;
    observed.refused(error);
    logger.warn({ error: error.message, code: error.code, commands: members.length }, 'a commit was not stored');
    for (const { waiting } of members) waiting.reject(error);
    return undefined;
  }
}
