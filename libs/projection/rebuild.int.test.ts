import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '@taffrail/embedded/testing/servers';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import type { WindowLog } from '@taffrail/log/window-log';
import { openDatabase, type Database } from './database.ts';
import { digestObjects } from './dump.ts';
import { migrate } from './migrate.ts';
import { openReadModel } from './postgres-read-model.ts';
import { startProjector, type Projector } from './projector.ts';
import { rebuild, type RebuildProgress } from './rebuild.ts';
import { writtenLog } from './testing/log.ts';

const { signal } = new AbortController();
let fresh: TestDatabase;
let database: Database;
let projector: Projector | undefined;

beforeEach(async () => {
  fresh = await testDatabase();
  await migrate(fresh.url);
  database = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 3 });
});
afterEach(async () => {
  await projector?.close();
  await database.end();
  await fresh[Symbol.asyncDispose]();
});

function project(log: WindowLog): Projector {
  projector = startProjector({ log, database, clock: systemClock, random: seededRandom(1), logger: silentLogger });
  return projector;
}

test('a rebuild replays the log into the very same projection and keeps the second copy', async () => {
  const { log, write } = await writtenLog();
  await write('+a', '+b', 'a');
  const last = await write('-b', '+c', 'a');
  await project(log).waitFor(last.sequence, 5_000);
  const before = await digestObjects(database);
  const history = await database`SELECT * FROM history ORDER BY revision`;
  const keys = await database`SELECT * FROM keys ORDER BY name`;
  expect(keys.map((key) => [key['name'], key['gone_revision']])).toEqual([
    ['a', null],
    ['b', 3072],
    ['c', null],
  ]);
  await database`UPDATE objects SET body = '\\x00' WHERE name = 'a'`;
  await database`DELETE FROM history WHERE name = 'c'`;
  const progress: RebuildProgress[] = [];
  const done = await rebuild({ url: fresh.url, logs: [log], signal, onProgress: (step) => progress.push(step) });
  expect(done).toEqual({ commits: 3, events: 6 });
  expect(progress.at(-1)).toEqual({ log: 'LOG', sequence: 3, head: 3, events: 6 });
  expect(await digestObjects(database)).toEqual(before);
  expect([...(await database`SELECT * FROM history ORDER BY revision`)]).toEqual([...history]);
  expect([...(await database`SELECT * FROM keys ORDER BY name`)]).toEqual([...keys]);
  expect(await database`SELECT count(*) FROM commits`).toMatchObject([{ count: 3 }]);
});

test('while a rebuild runs the old projection is read and written, and the projector goes on afterwards', async () => {
  const { log, write } = await writtenLog();
  await write('+a');
  for (let index = 0; index < 200; index++) await write('a', `+o${index}`);
  const live = project(log);
  await live.waitFor((await write('a')).sequence, 5_000);
  const model = openReadModel(fresh.url);
  let written = 0;
  const rebuilding = new AbortController();
  const key = { group: '', resource: 'configmaps', namespace: 'default', name: 'a' };
  const using = (async () => {
    while (!rebuilding.signal.aborted) {
      const commit = await write('a', `+during${written++}`);
      await live.waitFor(commit.sequence, 5_000);
      expect(await model.history({ key, limit: 1_000 })).toHaveLength(202 + written);
    }
  })();
  await rebuild({ url: fresh.url, logs: [log], signal });
  await rebuild({ url: fresh.url, logs: [log], signal });
  rebuilding.abort();
  await using;
  const last = await write('a', '-o1');
  await live.waitFor(last.sequence, 5_000);
  expect(written).toBeGreaterThan(0);
  expect(await database`SELECT count(*) FROM history`).toMatchObject([{ count: 404 + written * 2 }]);
  const incremental = await digestObjects(database);
  await rebuild({ url: fresh.url, logs: [log], signal });
  expect(await digestObjects(database)).toEqual(incremental);
  await model.close();
});

test('a second copy that says otherwise than the log is found', async () => {
  const { log, write } = await writtenLog();
  await project(log).waitFor((await write('+a')).sequence, 5_000);
  await database`UPDATE commits SET hash = 'other' WHERE sequence = 2`;
  await expect(rebuild({ url: fresh.url, logs: [log], signal })).rejects.toMatchObject({ code: 'log-corrupt' });
  expect((await digestObjects(database)).objects).toBe(1);
});

test('the tables of a rebuild have the settings, keys and indexes of the old ones, names included', async () => {
  const { log, write } = await writtenLog();
  await project(log).waitFor((await write('+a', '+b')).sequence, 5_000);
  const describe = async (): Promise<unknown> => [
    [
      ...(await database`SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2`),
    ],
    [
      ...(await database`SELECT conrelid::regclass::text AS "table", conname, pg_get_constraintdef(oid) FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1, 2`),
    ],
    [
      ...(await database`SELECT relname, reloptions FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      ORDER BY 1`),
    ],
  ];
  const before = await describe();
  await rebuild({ url: fresh.url, logs: [log], signal });
  await rebuild({ url: fresh.url, logs: [log], signal });
  expect(await describe()).toEqual(before);
});

test('after a rebuild Postgres knows what is in the tables, and which of their pages everybody sees', async () => {
  const { log, write } = await writtenLog();
  await project(log).waitFor((await write('+a', '+b', '+c')).sequence, 5_000);
  await rebuild({ url: fresh.url, logs: [log], signal });
  const tables = await database`
    SELECT relname, reltuples, relallvisible = relpages AS seen, (
      SELECT count(*) > 0 FROM pg_stats s WHERE s.schemaname = 'public' AND s.tablename = c.relname
    ) AS analyzed
    FROM pg_class c WHERE oid IN ('history'::regclass, 'keys'::regclass, 'objects'::regclass) ORDER BY relname`;
  expect([...tables]).toEqual(
    ['history', 'keys', 'objects'].map((relname) => ({ relname, reltuples: 3, seen: true, analyzed: true })),
  );
});

test('a rebuild fills a second copy that was lost', async () => {
  const { log, write } = await writtenLog();
  await project(log).waitFor((await write('+a', '+b')).sequence, 5_000);
  await write('-b');
  const commits = await database`SELECT log, sequence, hash, payload FROM commits ORDER BY sequence`;
  await database`DELETE FROM commits`;
  await rebuild({ url: fresh.url, logs: [log], signal });
  expect((await database`SELECT log, sequence, hash, payload FROM commits ORDER BY sequence`).slice(0, 2)).toEqual([
    ...commits,
  ]);
  expect((await digestObjects(database)).objects).toBe(1);
});

test('a rebuild that was cut off leaves the old projection, and the next one starts afresh', async () => {
  const { log, write } = await writtenLog();
  const last = await write('+a', '+b');
  await project(log).waitFor(last.sequence, 5_000);
  const before = await digestObjects(database);
  await expect(rebuild({ url: fresh.url, logs: [log], signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  });
  expect(await digestObjects(database)).toEqual(before);
  await rebuild({ url: fresh.url, logs: [log], signal });
  expect(await digestObjects(database)).toEqual(before);
});

test('only one rebuild at a time', async () => {
  const { log } = await writtenLog();
  const results = await Promise.allSettled([1, 2].map(() => rebuild({ url: fresh.url, logs: [log], signal })));
  const refused = results.filter((result) => result.status === 'rejected');
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'address-in-use' });
  expect(refused.length).toBeLessThan(2);
});

test('a reader that asked for live objects before there were any does not hold up a rebuild', async () => {
  const { log, write } = await writtenLog();
  const model = openReadModel(fresh.url);
  const { position, batches } = await model.liveObjects('LOG');
  expect(position).toBeUndefined();
  await project(log).waitFor((await write('+a')).sequence, 5_000);
  await rebuild({ url: fresh.url, logs: [log], signal });
  for await (const batch of batches) expect(batch).toEqual([]);
  await model.close();
});
