import type { Command } from 'commander';
import { findLocalCluster, withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { outputFormat } from '../failure.ts';
import { logCommand } from './log-command.ts';

interface Options extends ClusterOptions {
  readonly output: string;
  readonly checkpoint?: string;
}

/** `log verify [FILE]`: walks the whole chain of every log. The first damage ends it with its place and exit code 1. */
export function register(program: Command, signal: AbortSignal): void {
  withClusterOptions(
    logCommand(program)
      .command('verify')
      .description(
        'walk the whole log, or an exported file, and check every link of its hash chain and every checkpoint',
      )
      .argument('[file]', 'an export or a backup; needs no cluster')
      .option('--checkpoint <file>', 'a checkpoint kept earlier: what it signed must still be there')
      .option('-o, --output <format>', 'text or json', 'text'),
  ).action(async (file: string | undefined, options: Options) => {
    const output = outputFormat(options.output);
    const kept = options.checkpoint === undefined ? {} : { checkpointFile: options.checkpoint };
    if (file === undefined) {
      const { verifyLogs } = await import('../log/verify-logs.ts');
      await verifyLogs(findLocalCluster(options).record, { output, ...kept, signal });
    } else {
      const { verifyFile } = await import('../log/verify-file.ts');
      await verifyFile(file, { output, ...kept });
    }
  });
}
