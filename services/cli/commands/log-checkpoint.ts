import type { Command } from 'commander';
import { findLocalCluster, withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { logCommand } from './log-command.ts';

interface Options extends ClusterOptions {
  readonly output?: string;
}

/** `log checkpoint [-o FILE]`: signs where the logs stand now, for an auditor to keep. */
export function register(program: Command, signal: AbortSignal): void {
  withClusterOptions(
    logCommand(program)
      .command('checkpoint')
      .description('sign where the logs stand now; who keeps it can prove later that history was only appended to')
      .option('-o, --output <file>', 'a file for the checkpoints, one JSON line each (default: standard output)'),
  ).action(async (options: Options) => {
    const { record, dataDir } = findLocalCluster(options);
    const { checkpointLogs } = await import('../log/checkpoint-logs.ts');
    await checkpointLogs(record, dataDir, {
      ...(options.output === undefined ? {} : { file: options.output }),
      signal,
    });
  });
}
