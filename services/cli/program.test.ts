import { afterEach, expect, test, vi } from 'vitest';
import { run } from './program.ts';

const { signal } = new AbortController();
afterEach(() => vi.restoreAllMocks());

/** What a command line ends with, and everything it prints, on whichever stream. */
async function ran(...args: readonly string[]): Promise<{ readonly code: number; readonly printed: string }> {
  const printed: string[] = [];
  const take = (text: unknown): boolean => printed.push(String(text)) > 0;
  vi.spyOn(process.stdout, 'write').mockImplementation(take);
  vi.spyOn(process.stderr, 'write').mockImplementation(take);
  vi.spyOn(console, 'error').mockImplementation((text: string) => void printed.push(text));
  const code = await run(args, signal);
  vi.restoreAllMocks();
  return { code, printed: printed.join('') };
}

test('a command that only has others below it shows its help, and nothing else, as bad usage', async () => {
  for (const args of [[], ['log'], ['image'], ['kubectl-plugins'], ['help', 'nosuch']]) {
    const { code, printed } = await ran(...args);
    expect([args, code]).toEqual([args, 2]);
    expect(printed).toMatch(/^Usage: taffrail/);
    expect(printed).not.toContain('taffrail: ');
  }
});

test('asked for, help is no failure', async () => {
  for (const args of [['--help'], ['help', 'log'], ['log', 'verify', '--help'], ['help']]) {
    expect(await ran(...args)).toMatchObject({ code: 0, printed: expect.stringMatching(/^Usage: taffrail/) });
  }
});

test('a command line that cannot be understood is answered with one sentence', async () => {
  for (const args of [['nosuch'], ['log', 'nosuch'], ['why'], ['status', '--nonsense'], ['top', '--interval', 'x']]) {
    const { code, printed } = await ran(...args);
    expect([args, code]).toEqual([args, 2]);
    expect(printed).toMatch(/^taffrail: [^\n]+$/);
  }
});
