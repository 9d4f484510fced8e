import type { Revision, Uid } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { readEnvelope } from '@taffrail/log/sealed-object';
import type { ReadModel } from '@taffrail/projection/read-model';
import type { ObjectKey } from '@taffrail/resources/object';
import { waitForProjection, type Projected } from './handlers/projected.ts';

/** What is stored of a name. */
export interface Survey {
  /** Every incarnation, newest first. */
  readonly uids: readonly Uid[];
  readonly revisions: number;
  /** Revisions whose bodies stand there in clear: no key could take them back. */
  readonly clear: number;
}

/** Finds out what a purge would erase; `until` is the revision that must be part of it. Throws OperatingError `timeout`, `unavailable`. */
export type PurgeSurvey = (key: ObjectKey, until: Revision, signal: AbortSignal) => Promise<Survey>;

/** Surveys a read model whose bodies are as they stand in the log, not opened. */
export function purgeSurvey(
  sealed: Pick<ReadModel, 'position' | 'history'>,
  projection: Omit<Projected, 'readModel'>,
): PurgeSurvey {
  return async (key, until, signal) => {
    await waitForProjection({ ...projection, readModel: sealed }, 'LOG', until, signal);
    const uids = new Set<Uid>();
    let revisions = 0;
    let clear = 0;
    for (let before: Revision | undefined; ;) {
      const limit = limits.historyEntriesCount;
      const page = await sealed.history({ key, limit, ...(before === undefined ? {} : { before }) });
      for (const { uid, object } of page) {
        uids.add(uid);
        if (readEnvelope(object) === undefined) clear += 1;
      }
      revisions += page.length;
      before = page.at(-1)?.revision;
      if (page.length < limit || before === undefined) return { uids: [...uids], revisions, clear };
    }
  };
}
