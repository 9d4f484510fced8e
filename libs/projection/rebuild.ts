import type { Commit } from '@taffrail/log/commit';
import type { CommitLog } from '@taffrail/log/commit-log';
import { readVerified } from '@taffrail/log/verified-reader';
import type { WindowLog } from '@taffrail/log/window-log';
import type { Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { makeBareTable, makeIndexes, makeKeys } from './bare-table.ts';
import { holdBinding } from './bind-chapter.ts';
import { commitQueue } from './commit-queue.ts';
import { openDatabase, query, type Database, type ReservedConnection } from './database.ts';
import { givenTo, refuseWhatLeans } from './given-to.ts';
import { readPosition } from './position.ts';
import { projectBatch } from './project-batch.ts';
import { readStart } from './projector.ts';
import type { ProjectionPosition } from './read-model.ts';
import { replayInBulk } from './replay-in-bulk.ts';
import { pointAtNewTables, viewsOver } from './views.ts';

/** The tables a rebuild makes anew. `commits`, the second copy, is not one of them. */
const TABLES = ['objects', 'history', 'keys', 'projection', 'chapters', 'chapter_objects', 'chapter_names'] as const;
/** Those that begin empty: the positions, and the chapters, which are bound again bit by bit. */
const EMPTY = ['projection', 'chapters', 'chapter_objects', 'chapter_names'] as const;
const SHADOW = 'taffrail_rebuild';
/** Where the old tables stand while what leans on them is turned to the new ones. */
const REPLACED = 'taffrail_replaced';
/** Any number of its own: whoever holds this advisory lock is the one rebuild. */
const REBUILD_LOCK = 7_461_672;

export interface RebuildProgress {
  readonly log: string;
  readonly sequence: Sequence;
  /** Where the log ended when this pass began. */
  readonly head: Sequence;
  /** Events replayed so far, of all logs. */
  readonly events: number;
}

export interface RebuildOptions {
  readonly url: string;
  readonly logs: readonly (CommitLog | WindowLog)[];
  readonly signal: AbortSignal;
  onProgress?(progress: RebuildProgress): void;
}

export interface RebuildResult {
  readonly commits: number;
  readonly events: number;
}

/**
 * Drops the projection and replays it from the logs, verified. The replay goes into tables of its own beside the old ones,
 * which go on serving (and being projected) until both stand at the same commit; then they change places in one transaction.
 * Throws OperatingError `log-gap`/`log-corrupt` at the first damage (the old projection stays), `unavailable`, `aborted`,
 * `address-in-use` when another rebuild is at work, `protocol` when something leans on the tables that could not stay.
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildResult> {
  const { url, logs, signal } = options;
  const control = openDatabase({ url, name: 'taffrail-rebuild', connectionsCount: 2 });
  const shadow = openDatabase({
    url,
    name: 'taffrail-rebuild-replay',
    connectionsCount: 2,
    settings: { search_path: `${SHADOW}, public`, synchronous_commit: 'off' },
  });
  let guard: ReservedConnection | undefined;
  try {
    return await query(async () => {
      // Set aside for the locks: the pool closes a connection that nobody has used for a while.
      guard = await control.reserve();
      await holdRebuildLock(guard);
      await holdBinding(guard);
      // A log that ends before what was projected would never catch up with it.
      for (const log of logs) await readStart(log, await readPosition(control, log.name), signal);
      await makeShadow(control);
      const done = { commits: 0, events: 0 };
      await replayInBulk(shadow, SHADOW, async (bulk) => {
        for (const log of logs) await replay(log, undefined, (batch) => bulk.add(log.name, batch), done, options);
      });
      while (!(await swap(control, logs))) {
        for (const log of logs) await catchUp(shadow, log, done, options);
        signal.throwIfAborted();
      }
      return done;
    });
  } finally {
    guard?.release();
    await Promise.all([control.end({ timeout: 1 }), shadow.end({ timeout: 1 })]);
  }
}

/** Held until the connection ends. */
async function holdRebuildLock(control: ReservedConnection): Promise<void> {
  const [row] = await control<{ held: boolean }[]>`SELECT pg_try_advisory_lock(${REBUILD_LOCK}) AS held`;
  if (row?.held !== true) throw new OperatingError('address-in-use', 'another rebuild of this database is at work');
}

async function makeShadow(control: Database): Promise<void> {
  await control.begin(async (transaction) => {
    // Left behind by a rebuild that did not end.
    await transaction.unsafe(`DROP SCHEMA IF EXISTS ${SHADOW} CASCADE`);
    await refuseWhatLeans(transaction, TABLES);
    await transaction.unsafe(`CREATE SCHEMA ${SHADOW}`);
    for (const table of EMPTY) {
      await makeBareTable(transaction, SHADOW, table);
      await makeKeys(transaction, SHADOW, table);
      await makeIndexes(transaction, SHADOW, table);
    }
  });
}

/** Projects what has come since into the shadow tables. */
async function catchUp(
  shadow: Database,
  log: CommitLog | WindowLog,
  done: { commits: number; events: number },
  options: RebuildOptions,
): Promise<void> {
  let position = await readPosition(shadow, log.name);
  const project = async (batch: readonly Commit[]): Promise<void> => {
    position = await projectBatch(shadow, log.name, position, batch);
    if (position === undefined) {
      throw new OperatingError('protocol', `someone else writes to the schema ${SHADOW} of this rebuild`);
    }
  };
  await replay(log, position, project, done, options);
}

/** Reads a log from a position up to its present head, verified, and hands it on in batches. */
async function replay(
  log: CommitLog | WindowLog,
  position: ProjectionPosition | undefined,
  take: (batch: readonly Commit[]) => Promise<void>,
  done: { commits: number; events: number },
  { signal, onProgress }: RebuildOptions,
): Promise<void> {
  const start = await readStart(log, position, signal);
  const { sequence: head } = await log.head(signal);
  const filling = new AbortController();
  const stop = AbortSignal.any([signal, filling.signal]);
  const queue = commitQueue();
  const filled = queue.fill(readVerified(log, { start, until: head, signal: stop }), stop);
  try {
    for (;;) {
      const batch = await queue.take(signal);
      const last = batch.at(-1);
      if (last === undefined) break;
      await take(batch);
      done.commits += batch.length;
      for (const commit of batch) done.events += commit.events.length;
      onProgress?.({ log: log.name, sequence: last.sequence, head, events: done.events });
    }
  } finally {
    filling.abort();
    await filled;
  }
}

/**
 * Puts the new tables in the place of the old ones, when they are at least as far for every log. Projectors are held off
 * meanwhile; afterwards they find the position where it is and go on from there.
 */
async function swap(control: Database, logs: readonly CommitLog[]): Promise<boolean> {
  return await control.begin(async (transaction) => {
    await transaction.unsafe(`SET LOCAL lock_timeout = ${limits.rebuildLockMs}`);
    await transaction`LOCK TABLE public.projection IN EXCLUSIVE MODE`;
    const behind = await transaction<{ log: string }[]>`
      SELECT old.log FROM public.projection old LEFT JOIN ${transaction(SHADOW)}.projection new USING (log)
      WHERE old.log = ANY(${logs.map((log) => log.name)}) AND old.sequence > COALESCE(new.sequence, 0)`;
    if (behind.length > 0) return false;
    const given = await givenTo(transaction, TABLES, SHADOW);
    const views = await viewsOver(transaction, TABLES);
    await transaction.unsafe(`CREATE SCHEMA ${REPLACED}`);
    for (const table of TABLES) {
      await transaction.unsafe(`ALTER TABLE public.${table} SET SCHEMA ${REPLACED}`);
      await transaction.unsafe(`ALTER TABLE ${SHADOW}.${table} SET SCHEMA public`);
    }
    await pointAtNewTables(transaction, views);
    // At once, because a policy of one may ask another.
    await transaction.unsafe(`DROP TABLE ${TABLES.map((table) => `${REPLACED}.${table}`).join(', ')}`);
    for (const statement of given) await transaction.unsafe(statement);
    await transaction.unsafe(`DROP SCHEMA ${SHADOW}`);
    await transaction.unsafe(`DROP SCHEMA ${REPLACED}`);
    return true;
  });
}
