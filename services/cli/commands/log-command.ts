import type { Command } from 'commander';

/** The group `log`, shared by the commands on it. */
export function logCommand(program: Command): Command {
  const found = program.commands.find((command) => command.name() === 'log');
  return found ?? program.command('log').description('the event log');
}
