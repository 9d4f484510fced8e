import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '@taffrail/embedded/testing/servers';
import type { WindowLog } from '@taffrail/log/window-log';
import { openDatabase, type Database } from './database.ts';
import { migrate } from './migrate.ts';
import { rebuild } from './rebuild.ts';
import { writtenLog } from './testing/log.ts';
import { project } from './testing/project.ts';

const { signal } = new AbortController();
const role = `reader_${process.pid}`;
let fresh: TestDatabase;
let database: Database;
let log: WindowLog;

beforeEach(async () => {
  fresh = await testDatabase();
  await migrate(fresh.url);
  database = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 2 });
  const written = await writtenLog();
  log = written.log;
  const last = await written.write('+a', '+ops/b');
  await project(database, log, last.sequence);
  await database.unsafe(`CREATE ROLE ${role}; CREATE ROLE ${role}_owner`);
});
afterEach(async () => {
  for (const name of [role, `${role}_owner`]) {
    await database.unsafe(`REASSIGN OWNED BY ${name} TO CURRENT_USER; DROP OWNED BY ${name}; DROP ROLE ${name}`);
  }
  await database.end();
  await fresh[Symbol.asyncDispose]();
});

async function asReader(statement: string): Promise<readonly unknown[]> {
  return await database.begin(async (transaction) => {
    await transaction.unsafe(`SET LOCAL ROLE ${role}`);
    return [...(await transaction.unsafe(statement))];
  });
}

test('a rebuild leaves every right on tables and columns, and gives none', async () => {
  await database.unsafe(`
    GRANT SELECT ON public.keys TO ${role} WITH GRANT OPTION;
    GRANT SELECT (name, verb) ON public.history TO ${role};
    GRANT SELECT ON public.objects TO PUBLIC;
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${role}`);
  await rebuild({ url: fresh.url, logs: [log], signal });
  await rebuild({ url: fresh.url, logs: [log], signal });
  expect(await asReader('SELECT name FROM public.keys ORDER BY 1')).toEqual([{ name: 'a' }, { name: 'b' }]);
  expect(await asReader('SELECT verb FROM public.history WHERE name IS NOT NULL')).toHaveLength(2);
  expect(await asReader('SELECT name FROM public.objects')).toHaveLength(2);
  await asReader('GRANT SELECT ON public.keys TO PUBLIC');
  for (const refused of [
    'SELECT user_name FROM public.history',
    'SELECT * FROM public.projection',
    'DELETE FROM public.keys',
  ]) {
    await expect(asReader(refused)).rejects.toThrow(/permission denied/);
  }
});

test('rows that a policy hides stay hidden after a rebuild', async () => {
  await database.unsafe(`
    GRANT SELECT ON public.keys, public.history TO ${role};
    ALTER TABLE public.keys ENABLE ROW LEVEL SECURITY;
    CREATE POLICY "one namespace" ON public.keys FOR SELECT TO ${role} USING (
      namespace = (SELECT min(namespace) FROM public.history))`);
  expect(await asReader('SELECT name FROM public.keys')).toEqual([{ name: 'a' }]);
  await rebuild({ url: fresh.url, logs: [log], signal });
  expect(await asReader('SELECT name FROM public.keys')).toEqual([{ name: 'a' }]);
});

test('a rebuild leaves owners, comments, what the planner is told, and the options of views', async () => {
  await database.unsafe(`
    ALTER TABLE public.keys OWNER TO ${role}_owner;
    COMMENT ON INDEX public.history_by_key IS 'ours';
    ALTER TABLE public.history ALTER COLUMN name SET STATISTICS 7, ALTER COLUMN uid SET (n_distinct = -1);
    CREATE STATISTICS public.together (ndistinct, mcv) ON namespace, name FROM public.history;
    CREATE VIEW public.barred WITH (security_barrier = true) AS SELECT name FROM public.keys`);
  const before = await described();
  expect(before).toMatchObject({ owner: `${role}_owner`, statistics: expect.stringContaining('ndistinct, mcv') });
  expect(Object.values(before)).not.toContain(null);
  await rebuild({ url: fresh.url, logs: [log], signal });
  expect(await described()).toEqual(before);
  expect(await database`SELECT 1 FROM pg_stats_ext WHERE statistics_name = 'together'`).toHaveLength(1);
});

async function described(): Promise<Record<string, unknown>> {
  const [row] = await database`
    SELECT pg_get_userbyid(relowner) AS owner, obj_description('public.history'::regclass) AS of_table,
      obj_description('public.history_by_key'::regclass) AS of_index,
      (SELECT reloptions FROM pg_class WHERE oid = 'public.barred'::regclass) AS options,
      (SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxname = 'together') AS statistics,
      (SELECT attstattarget FROM pg_attribute WHERE attrelid = 'public.history'::regclass AND attname = 'name') AS target,
      (SELECT attoptions FROM pg_attribute WHERE attrelid = 'public.history'::regclass AND attname = 'uid') AS settings
    FROM pg_class WHERE oid = 'public.keys'::regclass`;
  return { ...row };
}

test.each([
  ['a materialized view', 'CREATE MATERIALIZED VIEW public.mine AS SELECT name FROM public.keys', /view mine/],
  ['a foreign key', 'CREATE TABLE public.mine (log text REFERENCES public.projection)', /constraint mine_log_fkey/],
  ['a publication', 'CREATE PUBLICATION mine FOR TABLE public.history', /publication mine/],
  ['a column of a row', 'CREATE TABLE public.mine (of public.keys)', /table mine/],
  [
    'a trigger',
    `CREATE FUNCTION public.told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
     CREATE TRIGGER mine AFTER INSERT ON public.history EXECUTE FUNCTION public.told()`,
    /trigger mine/,
  ],
])('%s that could not stay is named before anything is replayed', async (_, statement, named) => {
  await database.unsafe(statement);
  const rebuilding = rebuild({
    url: fresh.url,
    logs: [log],
    signal,
    onProgress: () => expect.unreachable('nothing is replayed'),
  });
  await expect(rebuilding).rejects.toMatchObject({ code: 'protocol', message: expect.stringMatching(named) });
});
