import { revisionOf } from '@taffrail/platform/brand';
import type { Metrics } from '@taffrail/platform/metrics';
import type { Projector } from '@taffrail/projection/projector';
import type { StateMachine } from '@taffrail/state/state-machine';

/** How far the projections are, and how far behind. */
export function measureProjectors(
  metrics: Metrics,
  state: Pick<StateMachine, 'spaces'>,
  projectors: () => readonly Projector[],
): void {
  const labels = ['log'];
  const revision = metrics.gauge('taffrail_projection_revision', 'Last projected revision.', labels);
  const waiting = metrics.gauge('taffrail_projection_waiting_commits', 'Commits read and not yet projected.', labels);
  const lag = metrics.gauge(
    'taffrail_projection_lag_seconds',
    'Age of the oldest commit that waits to be projected.',
    labels,
  );
  const behind = metrics.gauge(
    'taffrail_projection_behind_commits',
    'Commits that reads show and the projection does not, read by the projector or not.',
    labels,
  );
  metrics.beforeCollect(() => {
    const heads = new Map(state.spaces().map(({ log, sequence }) => [log, sequence]));
    for (const projector of projectors()) {
      const { position, waitingCommits, behindMs } = projector.lag();
      if (position === undefined) continue;
      revision.set(revisionOf(position.sequence, 0), position.log);
      waiting.set(waitingCommits, position.log);
      behind.set(Math.max(0, (heads.get(position.log) ?? 0) - position.sequence), position.log);
      lag.set(behindMs / 1000, position.log);
    }
  });
}
