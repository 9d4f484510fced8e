import type { Metrics } from '@taffrail/platform/metrics';

/** Counts the commits whose place and hash a reader has checked: to be passed to `readVerified` as `checked`. */
export function chainChecks(metrics: Metrics, log: string): () => void {
  const help = 'Commits whose place and hash were checked, by every reader of this process.';
  const counter = metrics.counter('taffrail_chain_checks_total', help, ['log']);
  return () => counter.add(1, log);
}
