import type { Command } from 'commander';
import { findLocalCluster, withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { outputFormat } from '../failure.ts';

/** `log verify`: walks the whole chain of every log. The first damage ends it with its place and exit code 1. */
export function register(program: Command, signal: AbortSignal): void {
  withClusterOptions(
    logCommand(program)
      .command('verify')
      .description('walk the whole log and check every link of its hash chain')
      .option('-o, --output <format>', 'text or json', 'text'),
  ).action(async (options: ClusterOptions & { readonly output: string }) => {
    const output = outputFormat(options.output);
    const { record } = findLocalCluster(options);
    const { verifyLogs } = await import('../log/verify-logs.ts');
    await verifyLogs(record, output, signal);
  });
}

/** The group `log`, shared with the other commands on it. */
function logCommand(program: Command): Command {
  const found = program.commands.find((command) => command.name() === 'log');
  return found ?? program.command('log').description('the event log');
}
