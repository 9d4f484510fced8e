import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '@taffrail/embedded/testing/servers';
import { memoryLog } from '@taffrail/log/memory-log';
import { encodeObject } from '@taffrail/log/object-bytes';
import { decodeCommit, encodeCommit } from '@taffrail/log/commit-codec';
import { draftCommit, draftEvent } from '@taffrail/log/testing/drafts';
import { revision, sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { silentLogger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { openDatabase, type Database } from './database.ts';
import { digestObjects, dumpObjects } from './dump.ts';
import { migrate } from './migrate.ts';
import { openReadModel } from './postgres-read-model.ts';
import { projectBatch, PROJECTOR_SETTINGS } from './project-batch.ts';
import { startProjector, type Projector, type ProjectorOptions } from './projector.ts';
import type { ReadModel } from './read-model.ts';
import { writtenLog } from './testing/log.ts';

const configMaps = { group: '', resource: 'configmaps' } as ResourceDefinition;
const { signal } = new AbortController();

let fresh: TestDatabase;
let database: Database;
let model: ReadModel;
const running: Projector[] = [];

beforeEach(async () => {
  fresh = await testDatabase();
  await migrate(fresh.url);
  database = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 3 });
  model = openReadModel(fresh.url);
});
afterEach(async () => {
  for (const projector of running.splice(0)) await projector.close();
  await model.close();
  await database.end();
  await fresh[Symbol.asyncDispose]();
});

function project(log: ProjectorOptions['log'], over: Database = database, clock = systemClock): Projector {
  const options = { log, database: over, clock, random: seededRandom(1), logger: silentLogger };
  const projector = startProjector(options);
  running.push(projector);
  return projector;
}

async function names(): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key, revision: at, createdRevision, stored } of dumpObjects(database)) {
    const { data } = JSON.parse(Buffer.from(stored).toString()) as { data: { value: string } };
    found.push(`${key.namespace}/${key.name} ${data.value} ${at} ${createdRevision}`);
  }
  return found;
}

test('creations, updates and deletions end up as the live objects, also when they share a batch', async () => {
  const { log, write } = await writtenLog();
  await write('+a', '+b', '+c');
  await write('a', 'a', '-b', '+d', '-d');
  const last = await write('-c', '+c', 'a');
  const projector = project(log);
  await projector.waitFor(last.sequence, 5_000);
  expect(await names()).toEqual(['default/a a-11 4098 2048', 'default/c c-10 4097 4097']);
  expect(projector.lag()).toMatchObject({ position: { sequence: 4, hash: last.hash }, waitingCommits: 0, behindMs: 0 });
});

test('a projector follows the log and a later one goes on from the position in Postgres', async () => {
  const { log, write } = await writtenLog();
  const first = project(log);
  await first.waitFor((await write('+a')).sequence, 5_000);
  await first.waitFor((await write('a')).sequence, 5_000);
  await first.close();
  const last = await write('a', '+b');
  await project(log).waitFor(last.sequence, 5_000);
  expect(await names()).toEqual(['default/a a-3 4096 2048', 'default/b b-4 4097 4097']);
});

test('what comes after a quiet time is projected at once, what follows is gathered until somebody waits for it', async () => {
  const { log, write } = await writtenLog();
  // A clock that goes on only when it is told to: gathering does not end by itself.
  let nowMs = 0;
  const still = { ...systemClock, monotonicMs: () => nowMs, after: () => () => undefined };
  const projector = project(log, database, still);
  const reached = async (at: number): Promise<void> =>
    await expect.poll(() => projector.lag().position?.sequence, { timeout: 5_000 }).toBe(at);
  const first = await write('+a');
  projector.hurry();
  await reached(first.sequence);
  nowMs = 1_000;
  projector.hurry();
  nowMs = 2_000;
  await reached((await write('a')).sequence);
  const last = await write('a');
  await expect.poll(() => projector.lag().waitingCommits).toBe(1);
  expect(projector.lag().position?.sequence).toBe(last.sequence - 1);
  projector.hurry();
  await reached(last.sequence);
});

test('a whole batch ends the gathering', async () => {
  const { log, write } = await writtenLog();
  let nowMs = 0;
  const still = { ...systemClock, monotonicMs: () => nowMs, after: () => () => undefined };
  const projector = project(log, database, still);
  const first = await write('+a');
  await projector.waitFor(first.sequence, 5_000);
  // Whoever waited has waited: the next one begins to gather.
  nowMs = 1_000;
  projector.hurry();
  nowMs = 2_000;
  await expect.poll(() => projector.lag().waitingCommits).toBe(0);
  const quiet = await write('a');
  await expect.poll(() => projector.lag().position?.sequence, { timeout: 5_000 }).toBe(quiet.sequence);
  await write('a');
  await expect.poll(() => projector.lag().waitingCommits).toBe(1);
  const last = await write(...Array.from({ length: limits.projectorBatchCount }, (_, at) => `+n${at}`));
  await expect.poll(() => projector.lag().position?.sequence, { timeout: 5_000 }).toBe(last.sequence);
});

test('what a batch reads does not grow with what is alive', async () => {
  const { log, write } = await writtenLog();
  const own = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 1, settings: PROJECTOR_SETTINGS });
  try {
    const projector = project(log, own);
    await projector.waitFor((await write('+a', '+b')).sequence, 5_000);
    await own`ANALYZE objects, keys, commits`;
    await projector.waitFor((await write('a', '+c', '-c')).sequence, 5_000);
    for (let round = 0; round < 3; round++) {
      const created = Array.from({ length: 300 }, (_, at) => `+n${round}-${at}`);
      await projector.waitFor((await write(...created)).sequence, 5_000);
    }
    const read = async (): Promise<number> => {
      await own`SELECT pg_stat_force_next_flush()`;
      const [row] = await own<{ read: number }[]>`SELECT sum(seq_tup_read)::integer AS read FROM pg_stat_user_tables
        WHERE relname IN ('objects', 'keys', 'commits', 'history')`;
      return row?.read ?? Number.NaN;
    };
    const before = await read();
    await projector.waitFor((await write('a', '-b', '+d', 'n0-1', '-n0-2', '+n0-2')).sequence, 5_000);
    expect((await read()) - before).toBe(0);
    expect(await names()).toHaveLength(902);
  } finally {
    for (const projector of running.splice(0)) await projector.close();
    await own.end();
  }
});

test('two projectors on one database write every commit once', async () => {
  const { log, write } = await writtenLog();
  const projectors = [project(log), project(log)];
  await write('+a');
  for (let index = 0; index < 50; index++) await write('a');
  const last = await write('a');
  for (const projector of projectors) await projector.waitFor(last.sequence, 5_000);
  const [counted] = await database<{ events: number; commits: number }[]>`
    SELECT (SELECT count(*) FROM history) AS events, (SELECT count(*) FROM commits) AS commits`;
  expect(counted).toEqual({ events: 52, commits: 53 });
});

test('a batch that does not continue the position is refused', async () => {
  const { log, write } = await writtenLog();
  const one = await write('+a');
  const two = await write('a');
  const projector = project(log);
  await projector.waitFor(two.sequence, 5_000);
  await projector.close();
  const { position } = projector.lag();
  await expect(projectBatch(database, 'LOG', position, [one])).rejects.toThrow(/does not continue/);
  const stale = { log: 'LOG', sequence: one.sequence, hash: one.hash, timeMs: one.timeMs };
  expect(await projectBatch(database, 'LOG', stale, [two])).toBeUndefined();
  expect(await model.position('LOG')).toEqual(position);
});

test('the second copy holds every payload byte for byte', async () => {
  const { log, write } = await writtenLog();
  const commits = [await write('+a', '+b'), await write('-a')];
  await project(log).waitFor(sequence(3), 5_000);
  const rows = await database<{ payload: Buffer }[]>`SELECT payload FROM commits WHERE sequence > 1 ORDER BY sequence`;
  expect(rows.map((row) => Buffer.compare(row.payload, commits.shift()!.payload))).toEqual([0, 0]);
});

test('bodies come back byte for byte, whatever stands in them', async () => {
  const log = memoryLog('LOG');
  const genesis = decodeCommit(encodeCommit(draftCommit()));
  const value = 'nul \u0000, quotes " \\ \n, ünïcode 🚢, <b>&amp;</b>, half a pair \ud83d';
  const object = encodeObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' }, data: { value } });
  expect(object.includes('\\u0000')).toBe(true);
  const actor = {
    ...draftEvent().actor,
    userAgent: 'agent\u0000\ud83d',
    groups: ['a,b', '{"c"}', ''],
    impersonator: 'root',
  };
  const raw = Buffer.from([0x7b, 0x00, 0xff, 0xfe, 0x7d]);
  const events = [draftEvent({ object, actor }), draftEvent({ name: 'raw', object: raw })];
  const commit = decodeCommit(encodeCommit(draftCommit(genesis, events)));
  await log.append(genesis.payload, sequence(0));
  await log.append(commit.payload, sequence(1));
  await project(log).waitFor(sequence(2), 5_000);
  const stored: Buffer[] = [];
  for await (const one of dumpObjects(database)) stored.push(Buffer.from(one.stored));
  expect(stored).toEqual([object, raw]);
  const key = { group: '', resource: 'configmaps', namespace: 'default', name: 'a' };
  const [event] = await model.history({ key, limit: 1 });
  expect(Buffer.from(event!.object).equals(object)).toBe(true);
  expect(event!.actor).toEqual({ ...actor, userAgent: 'agent\uFFFD\uFFFD' });
});

test("history tells an object's events newest first, across deletion, a page at a time", async () => {
  const { log, write } = await writtenLog();
  const commits = [await write('+a'), await write('a'), await write('-a'), await write('+a', '+b')];
  await project(log).waitFor(commits.at(-1)!.sequence, 5_000);
  const key = { group: '', resource: 'configmaps', namespace: 'default', name: 'a' };
  const events = await model.history({ key, limit: 3 });
  expect(events.map((event) => `${event.verb} ${event.revision}`)).toEqual([
    'created 5120',
    'deleted 4096',
    'updated 3072',
  ]);
  expect(events[0]).toEqual({ ...commits[3]!.events[0], object: Buffer.from(commits[3]!.events[0]!.object) });
  const rest = await model.history({ key, limit: 3, before: events.at(-1)!.revision });
  expect(rest.map((event) => `${event.verb} ${event.revision}`)).toEqual(['created 2048']);
});

test('events after a revision come oldest first, of one namespace or of all', async () => {
  const { log, write } = await writtenLog();
  await write('+a', '+other/b');
  await write('a');
  await project(log).waitFor((await write('other/b', 'a')).sequence, 5_000);
  const text = async (namespace: string | undefined, after: number, limit = 10): Promise<readonly string[]> => {
    const events = await model.eventsAfter(configMaps, namespace, revision(after), limit);
    return events.map((event) => `${event.name} ${event.revision}`);
  };
  expect(await text(undefined, 2048)).toEqual(['b 2049', 'a 3072', 'b 4096', 'a 4097']);
  expect(await text(undefined, 2048, 2)).toEqual(['b 2049', 'a 3072']);
  expect(await text('other', 0)).toEqual(['b 2049', 'b 4096']);
});

test('a list at a past revision shows what was alive then, a page at a time', async () => {
  const { log, write } = await writtenLog();
  await write('+a', '+b', '+c', '+other/a');
  await write('-b', 'c');
  await project(log).waitFor((await write('+b', '-a')).sequence, 5_000);
  const text = async (at: number, options: object = {}): Promise<readonly string[]> => {
    const asked = { definition: configMaps, namespace: undefined, at: revision(at), limit: 10, ...options };
    return (await model.objectsAt(asked)).objects.map(
      ({ key, revision: of, createdRevision }) => `${key.namespace}/${key.name} ${of} ${createdRevision}`,
    );
  };
  expect(await text(2047)).toEqual([]);
  expect(await text(2051)).toEqual([
    'default/a 2048 2048',
    'default/b 2049 2049',
    'default/c 2050 2050',
    'other/a 2051 2051',
  ]);
  expect(await text(3073)).toEqual(['default/a 2048 2048', 'default/c 3073 2050', 'other/a 2051 2051']);
  expect(await text(4097, { namespace: 'default' })).toEqual(['default/b 4096 4096', 'default/c 3073 2050']);
  expect(await text(2051, { limit: 2, after: { namespace: 'default', name: 'a' } })).toEqual([
    'default/b 2049 2049',
    'default/c 2050 2050',
  ]);
});

test('live objects and their position are one snapshot, whatever is projected meanwhile', async () => {
  const { log, write } = await writtenLog();
  const names = Array.from({ length: 1200 }, (_, index) => `o${String(index).padStart(4, '0')}`);
  await write(...names.slice(0, 1000).map((name) => `+${name}`));
  const second = await write(...names.slice(1000).map((name) => `+${name}`));
  const projector = project(log);
  await projector.waitFor(second.sequence, 5_000);
  const { position, batches } = await model.liveObjects('LOG');
  await projector.waitFor((await write(...names.slice(0, 500).map((name) => `-${name}`))).sequence, 5_000);
  const found: string[] = [];
  for await (const batch of batches) found.push(...batch.map((object) => object.key.name));
  expect(position?.sequence).toBe(second.sequence);
  expect(found).toEqual(names);
  const later = await model.liveObjects('LOG');
  expect(later.position?.sequence).toBe(4);
  const rest: string[] = [];
  for await (const batch of later.batches) rest.push(...batch.map((object) => object.key.name));
  expect(rest).toEqual(names.slice(500));
});

test('two logs are projected side by side, each with its own position and revisions', async () => {
  const forever = await writtenLog('LOG');
  const window = await writtenLog('EVENTS');
  await forever.write('+a');
  await window.write('+e/x');
  await project(forever.log).waitFor(sequence(2), 5_000);
  await project(window.log).waitFor(sequence(2), 5_000);
  expect((await model.position('EVENTS'))?.sequence).toBe(2);
  const { batches } = await model.liveObjects('EVENTS');
  for await (const batch of batches) expect(batch.map((object) => object.key.name)).toEqual(['x']);
});

test('a trimmed log that was never projected is projected from what it still has', async () => {
  const { log, write } = await writtenLog('EVENTS');
  await write('+a');
  await write('a', '+b');
  await log.trim(sequence(3));
  await project(log).waitFor(sequence(3), 5_000);
  expect(await names()).toEqual(['default/a a-2 3072 3072', 'default/b b-3 3073 3073']);
});

test('a damaged log stops the projector with its reason and what was projected stays', async () => {
  const log = memoryLog('LOG');
  const genesis = decodeCommit(encodeCommit(draftCommit()));
  const good = decodeCommit(encodeCommit(draftCommit(genesis, [draftEvent()])));
  const bad = encodeCommit({ ...draftCommit(genesis, [draftEvent({ name: 'b' })]), sequence: sequence(3) });
  for (const [index, payload] of [genesis.payload, good.payload, bad].entries())
    await log.append(payload, sequence(index));
  const projector = project(log);
  expect(await projector.ended).toMatchObject({ code: 'log-corrupt' });
  await expect(projector.waitFor(sequence(3), 1_000)).rejects.toMatchObject({ code: 'log-corrupt' });
  expect((await model.position('LOG'))?.sequence).toBe(2);
});

test('a log that ends before what is projected is refused', async () => {
  const { log, write } = await writtenLog();
  await project(log).waitFor((await write('+a')).sequence, 5_000);
  const shorter = await writtenLog();
  expect(await project(shorter.log).ended).toMatchObject({ code: 'log-behind' });
});

test('waiting for a commit that does not come times out, and says so', async () => {
  const { log } = await writtenLog();
  await expect(project(log).waitFor(sequence(9), 50, signal)).rejects.toMatchObject({ code: 'timeout' });
});

test('the digest of the objects changes with any byte of them', async () => {
  const { log, write } = await writtenLog();
  const projector = project(log);
  await projector.waitFor((await write('+a', '+b')).sequence, 5_000);
  const before = await digestObjects(database);
  expect(before.objects).toBe(2);
  await database`UPDATE objects SET body = set_byte(body, 5, 1) WHERE name = 'a'`;
  expect((await digestObjects(database)).hash).not.toBe(before.hash);
});

test('live objects that are not read to their end leave no old snapshot behind', async () => {
  const { log, write } = await writtenLog();
  const projector = project(log);
  await projector.waitFor((await write('+a', '+b')).sequence, 5_000);
  for (let round = 0; round < 6; round++) {
    const { position, batches } = await model.liveObjects('LOG');
    const last = await write('a');
    expect(position?.sequence).toBe(last.sequence - 1);
    for await (const batch of batches) {
      expect(batch).toHaveLength(2);
      break;
    }
    await projector.waitFor(last.sequence, 5_000);
  }
});
