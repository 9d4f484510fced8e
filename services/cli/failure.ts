/** The command line cannot be understood: one sentence, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads `-o`. Throws UsageError for anything but text and json. */
export function outputFormat(text: string): 'text' | 'json' {
  if (text === 'text' || text === 'json') return text;
  throw new UsageError(`--output is text or json, not "${text}"`);
}
