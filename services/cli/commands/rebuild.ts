import type { Command } from 'commander';
import { findLocalCluster, withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { outputFormat } from '../failure.ts';

/** `rebuild`: drops the projection and replays it from the log, while the cluster goes on. */
export function register(program: Command, signal: AbortSignal): void {
  withClusterOptions(
    program
      .command('rebuild')
      .description('drop the projection in Postgres and replay it from the log; the cluster goes on serving meanwhile')
      .option('--yes', 'accepted for scripts: a rebuild loses nothing and does not ask')
      .option('-o, --output <format>', 'text or json', 'text'),
  ).action(async (options: ClusterOptions & { readonly output: string }) => {
    const output = outputFormat(options.output);
    const { record } = findLocalCluster(options);
    const { rebuildProjection } = await import('../log/rebuild-projection.ts');
    await rebuildProjection(record, output, signal);
  });
}
