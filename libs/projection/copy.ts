import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Transaction } from './database.ts';

/** Rows on their way into a table. */
export interface RunningCopy {
  /** Waits while Postgres is behind. Throws what went wrong there. */
  write(rows: string): Promise<void>;
  end(): Promise<void>;
  /** Gives up: the transaction can only be rolled back. */
  breakOff(): void;
}

/** Begins a COPY from standard input in the text format; each row is a line. */
export async function openCopy(transaction: Transaction, statement: string): Promise<RunningCopy> {
  const into: Writable = await transaction.unsafe(statement).writable();
  let failure: Error | undefined;
  into.on('error', (error) => (failure ??= error));
  return {
    async write(rows) {
      if (failure !== undefined) throw failure;
      if (rows !== '' && !into.write(rows)) await once(into, 'drain');
    },
    async end() {
      if (failure !== undefined) throw failure;
      const finished = once(into, 'finish');
      into.end();
      await finished;
    },
    breakOff: () => void into.destroy(),
  };
}

const SPECIAL = /[\\\n\r\t\0]|[\uD800-\uDFFF]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\uFFFD',
};

/** A text column's value; what Postgres cannot hold (NUL, half surrogate pairs) becomes U+FFFD, as in the projector. */
export function copyText(value: string): string {
  if (!SPECIAL.test(value)) return value;
  return value.toWellFormed().replaceAll(/[\\\n\r\t\0]/g, (character) => ESCAPES[character] ?? character);
}
