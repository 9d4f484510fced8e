import { sequence } from '@taffrail/platform/brand';
import type { Database, Transaction } from './database.ts';
import type { ProjectionPosition } from './read-model.ts';

/** How far a log has been projected; undefined when nothing of it has. */
export async function readPosition(
  database: Database | Transaction,
  log: string,
): Promise<ProjectionPosition | undefined> {
  const [row] = await database<{ sequence: number; hash: string; time_ms: number }[]>`
    SELECT sequence, hash, time_ms FROM projection WHERE log = ${log}`;
  if (row === undefined) return undefined;
  return { log, sequence: sequence(row.sequence), hash: row.hash, timeMs: row.time_ms };
}
