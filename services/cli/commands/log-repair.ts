import type { Command } from 'commander';
import { findLocalCluster, withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { outputFormat } from '../failure.ts';
import { logCommand } from './log-command.ts';

interface Options extends ClusterOptions {
  readonly output: string;
  readonly yes?: boolean;
  readonly discard?: boolean;
}

/** `log repair`: compares the log with its second copy in Postgres and restores what is damaged. Never without asking. */
export function register(program: Command, signal: AbortSignal): void {
  withClusterOptions(
    logCommand(program)
      .command('repair')
      .description('compare the log with its second copy in Postgres and restore what is damaged or missing')
      .option('--yes', 'repair without asking; needed where there is no terminal')
      .option('--discard', 'remove the damaged streams that earlier repairs have replaced and kept')
      .option('-o, --output <format>', 'text or json', 'text'),
  ).action(async (options: Options) => {
    const output = outputFormat(options.output);
    const { record } = findLocalCluster(options);
    const { repairLogs } = await import('../log/repair-logs.ts');
    await repairLogs(record, { yes: options.yes === true, discard: options.discard === true, output, signal });
  });
}
