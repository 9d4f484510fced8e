import { createInterface } from 'node:readline/promises';
import { OperatingError } from '@taffrail/platform/failure';
import { UsageError } from './failure.ts';

/** Asks on the terminal and resolves when the answer is yes. Throws UsageError where there is none, `aborted` for a no. */
export async function confirmed(question: string, withoutTerminal: string, signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY) throw new UsageError(withoutTerminal);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new OperatingError('aborted', 'nothing was changed');
  } finally {
    terminal.close();
  }
}
