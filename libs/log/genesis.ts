import { sequence } from '@taffrail/platform/brand';
import { COMMIT_FORMAT } from './commit.ts';
import { encodeCommit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import { ZERO_HASH } from './hash-chain.ts';

/**
 * Makes sure that a log opens with a genesis commit, so that no revision is ever 0. Idempotent; when several writers
 * try at once the fence lets one of them through and all are content.
 * `incarnation` names this history (a uid); it counts only when the log is new.
 */
export async function ensureGenesis(
  log: CommitLog,
  genesis: { readonly incarnation: string; readonly nowMs: number },
  signal?: AbortSignal,
): Promise<void> {
  const empty = sequence(0);
  const head = await log.head(signal);
  if (head.sequence !== empty) return;
  const payload = encodeCommit({
    format: COMMIT_FORMAT,
    sequence: sequence(1),
    previousHash: ZERO_HASH,
    timeMs: genesis.nowMs,
    genesis: { incarnation: genesis.incarnation, previousSegmentSequence: empty, previousSegmentHash: ZERO_HASH },
    events: [],
  });
  // A lost fence means that another writer's genesis stands there: exactly what was asked for.
  await log.append(payload, empty, signal);
}
