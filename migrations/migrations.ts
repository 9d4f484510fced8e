import type { Kysely } from 'kysely';
import * as projection from './0001-projection.ts';
import * as asOf from './0002-as-of.ts';
import * as historyIndexes from './0003-history-indexes.ts';
import * as coveredKey from './0004-covered-key.ts';
import * as impersonator from './0005-impersonator.ts';
import * as chapters from './0006-chapters.ts';
import * as chapterNames from './0007-chapter-names.ts';

/**
 * Every migration in order. Append-only: what was released is never changed. Named here, not found in a folder, so that
 * the compiled product and the sources hold the same list.
 */
export const migrations: Readonly<Record<string, { up(db: Kysely<unknown>): Promise<void> }>> = Object.freeze({
  '0001-projection': projection,
  '0002-as-of': asOf,
  '0003-history-indexes': historyIndexes,
  '0004-covered-key': coveredKey,
  '0005-impersonator': impersonator,
  '0006-chapters': chapters,
  '0007-chapter-names': chapterNames,
});
