import { sequenceOf, type Revision, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { ReadModel } from '@taffrail/projection/read-model';
import type { ApiContext } from './context.ts';

/** How far each log is known to be projected: it only ever goes forward. */
const known = new WeakMap<object, Map<string, Sequence>>();

/** Where the projection is read, and what makes it go on. */
export interface Projected extends Pick<ApiContext, 'hurryProjection' | 'clock'> {
  readonly readModel: Pick<ReadModel, 'position'>;
}

/**
 * Waits until the projection of a log has come to a revision that the log has reached: what is read there before is not
 * the past but a part of it. Throws OperatingError `timeout` after `limits.waitForRevisionMs`, `unavailable` without Postgres.
 */
export async function waitForProjection(
  { readModel, hurryProjection, clock }: Projected,
  log: string,
  at: Revision,
  signal: AbortSignal,
): Promise<void> {
  let positions = known.get(readModel);
  if (positions === undefined) known.set(readModel, (positions = new Map()));
  const wanted = sequenceOf(at);
  const endMs = clock.monotonicMs() + limits.waitForRevisionMs;
  while ((positions.get(log) ?? -1) < wanted) {
    hurryProjection?.(log);
    const position = await readModel.position(log);
    if (position !== undefined) positions.set(log, position.sequence);
    if ((position?.sequence ?? -1) >= wanted) return;
    if (clock.monotonicMs() >= endMs) {
      throw new OperatingError('timeout', `the projection has not come to revision ${at} yet`);
    }
    await clock.sleep(limits.projectionShortPollMs, signal);
  }
}
