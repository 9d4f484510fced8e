import { Command, CommanderError } from 'commander';
import { messageOf } from '@taffrail/platform/failure';
import { registerCommands } from './commands/register.ts';
import { UsageError } from './failure.ts';
import { VERSION } from './version.ts';

/** What a process says at its end: 0 done, 1 failed, 2 the command line cannot be understood. */
export type ExitCode = 0 | 1 | 2;

/** Runs one command line. Failures are printed as one sentence on stderr. */
export async function run(args: readonly string[], signal: AbortSignal): Promise<ExitCode> {
  const program = new Command('taffrail')
    .description('A Kubernetes-compatible orchestrator whose only truth is an event log')
    .version(VERSION)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  // Subcommands take over what is set by now.
  registerCommands(program, signal);
  if (args.length === 0) {
    program.outputHelp();
    return 2;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // A command that only has others below it: its help was shown instead.
    if (error.code === 'commander.help') return 2;
    console.error(`taffrail: ${oneLine(error.message.replace(/^error: /, ''))}`);
    return 2;
  }
  if (error instanceof UsageError) {
    console.error(`taffrail: ${error.message}`);
    return 2;
  }
  console.error(`taffrail: ${messageOf(error)}`);
  return 1;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
