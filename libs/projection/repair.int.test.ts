import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '@taffrail/embedded/testing/servers';
import { sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import type { NatsLink } from '@taffrail/log/connect';
import { callJetStream } from '@taffrail/log/jetstream-api';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { discardReplaced, logStreams } from '@taffrail/log/segments';
import { startNatsForTest, type NatsForTest } from '@taffrail/log/testing/nats';
import { inspectLog, readVerified } from '@taffrail/log/verified-reader';
import type { WindowLog } from '@taffrail/log/window-log';
import { bindChapter } from './bind-chapter.ts';
import { boundUntil, changesByObject } from './chapters.ts';
import { openDatabase, type Database } from './database.ts';
import { digestObjects } from './dump.ts';
import { migrate } from './migrate.ts';
import { startProjector } from './projector.ts';
import { rebuild } from './rebuild.ts';
import { repairLog, surveyLog, type RepairOptions } from './repair.ts';
import { writtenLog } from './testing/log.ts';
import { project } from './testing/project.ts';

const { signal } = new AbortController();
let nats: NatsForTest;
let link: NatsLink;
let fresh: TestDatabase;
let database: Database;
let options: RepairOptions;

beforeEach(async () => {
  nats = await startNatsForTest();
  link = await nats.link();
  fresh = await testDatabase();
  await migrate(fresh.url);
  database = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 3 });
  options = { link, database, log: 'LOG', trimmable: false, signal };
});
afterEach(async () => {
  await database.end();
  await fresh[Symbol.asyncDispose]();
  await nats.stop();
});

const open = async (): Promise<WindowLog> =>
  await openJetStreamLog(link, { name: 'LOG', trimmable: false, existing: true });

/** Twenty commits, all projected but the last `unprojected`. */
async function projectedLog(unprojected = 0): Promise<WindowLog> {
  const stream = await openJetStreamLog(link, { name: 'LOG', trimmable: false });
  const { log, write } = await writtenLog('LOG', (name, change) => `${name}-${change}-`.repeat(20), stream);
  for (let index = 2; index <= 20 - unprojected; index++) await write(`+o${index}`);
  await project(database, log, sequence(20 - unprojected));
  for (let index = 21 - unprojected; index <= 20; index++) await write(`+o${index}`);
  return stream;
}

/** Flips one bit inside the stored commit that creates an object, while the server is down. */
async function flipBit(object: string, down: () => Promise<void> = nats.shutDown): Promise<void> {
  await down();
  const directory = join(nats.storeDir, 'streams');
  const entries = await readdir(directory, { recursive: true });
  let flipped = 0;
  for (const entry of entries.filter((name) => name.endsWith('.blk'))) {
    const bytes = await readFile(join(directory, entry));
    const at = bytes.indexOf(`"value":"${object}-`);
    if (at === -1) continue;
    bytes[at + 10] = (bytes[at + 10] ?? 0) ^ 1;
    await writeFile(join(directory, entry), bytes);
    flipped += 1;
  }
  expect(flipped).toBe(1);
  const before = link.connections();
  await nats.start();
  while (link.connections() === before) await systemClock.sleep(20);
}

async function drain(commits: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of commits);
}

const damagedAt = (at: number): object => ({
  code: expect.stringMatching(/^log-(gap|corrupt)$/) as string,
  message: expect.stringContaining(String(at)) as string,
});

test('one flipped bit in a stream block is found by every reader and mended from the second copy', async () => {
  const log = await projectedLog();
  const before = await digestObjects(database);
  await flipBit('o9');
  const whole = { start: { at: 'genesis' }, until: sequence(20), signal } as const;
  await expect(drain(readVerified(log, whole))).rejects.toMatchObject(damagedAt(9));
  await expect(drain(readVerified(log, { start: { at: 'genesis' }, signal }))).rejects.toMatchObject(damagedAt(9));
  await expect(drain(inspectLog(log, whole))).rejects.toMatchObject(damagedAt(9));
  await expect(rebuild({ url: fresh.url, logs: [log], signal })).rejects.toMatchObject(damagedAt(9));

  expect(await surveyLog(options)).toMatchObject({
    commits: 20,
    head: 20,
    damaged: [{ sequence: 9 }],
    copyDamaged: [],
  });
  const repaired = await repairLog(options);
  expect(repaired.replaced).toEqual([{ stream: 'LOG', by: 'LOG-2' }]);
  await drain(readVerified(await open(), whole));
  expect(await surveyLog(options)).toMatchObject({ commits: 20, damaged: [] });
  await rebuild({ url: fresh.url, logs: [await open()], signal });
  expect(await digestObjects(database)).toEqual(before);
});

test('after a crash the server cuts the log off at a flipped bit: that is noticed, and all of it comes back', async () => {
  const log = await projectedLog();
  await flipBit('o9', nats.kill);
  expect((await log.head()).sequence).toBeLessThan(20);
  await expect(rebuild({ url: fresh.url, logs: [log], signal })).rejects.toMatchObject({ code: 'log-behind' });
  const projector = startProjector({
    log,
    database,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
  });
  expect(await projector.ended).toMatchObject({ code: 'log-behind' });
  await projector.close();
  expect((await repairLog(options)).head).toBe(20);
  await drain(readVerified(await open(), { start: { at: 'genesis' }, until: sequence(20), signal }));
});

test('the damaged stream takes no more writes, is kept, and goes when it is discarded', async () => {
  const log = await projectedLog();
  await flipBit('o3');
  await repairLog(options);
  await expect(log.append(Buffer.from('x'), sequence(20))).rejects.toMatchObject({ code: 'protocol' });
  expect((await logStreams(link, 'LOG')).map(({ stream }) => stream).toSorted()).toEqual(['LOG', 'LOG-2']);
  expect(await discardReplaced(link, 'LOG')).toEqual(['LOG']);
  const repaired = await open();
  expect(await repaired.head()).toEqual({ sequence: 20 });
  expect(await repaired.append(Buffer.from('x'), sequence(20))).toEqual({ outcome: 'appended', sequence: 21 });
});

test('a stream that is gone altogether comes back from the second copy, every sequence where it was', async () => {
  await projectedLog();
  await callJetStream(link, 'STREAM.DELETE.LOG');
  expect((await surveyLog(options)).damaged.length).toBe(20);
  await repairLog(options);
  await drain(readVerified(await open(), { start: { at: 'genesis' }, until: sequence(20), signal }));
});

test('what was bound by object from a damaged second copy is bound again from the whole one', async () => {
  await projectedLog();
  await database`UPDATE commits SET payload = overlay(payload PLACING '\\x5858' FROM octet_length(payload) - 40) WHERE sequence = 9`;
  await bindChapter(database, signal, 1);
  const asked = { log: 'LOG', group: '', resource: 'configmaps', namespace: 'default', name: 'o9', limit: 1 };
  const bodyOfO9 = async (): Promise<string> =>
    String((await changesByObject(database, asked)).changes.map(({ event }) => Buffer.from(event.object)));
  expect(await bodyOfO9()).toContain('XX');
  expect((await surveyLog(options)).copyDamaged).toEqual([9]);
  await repairLog(options);
  expect(await bodyOfO9()).not.toContain('XX');
  await bindChapter(database, signal, 1);
  expect(await boundUntil(database)).toBeGreaterThan(0);
  expect(await bodyOfO9()).not.toContain('XX');
});

test('commits that only the log has survive a repair; one that neither copy has is never passed over', async () => {
  const log = await projectedLog(3);
  await flipBit('o5');
  expect((await repairLog(options)).head).toBe(20);
  await drain(readVerified(await open(), { start: { at: 'genesis' }, until: sequence(20), signal }));
  await database`DELETE FROM commits WHERE sequence = 12`;
  const { link: _link, ...rest } = options;
  expect((await surveyLog({ link, ...rest })).copyDamaged).toEqual([12]);
  await repairLog(options);
  expect((await surveyLog(options)).copyDamaged).toEqual([]);
  await discardReplaced(link, 'LOG');
  await flipBit('o19');
  await expect(surveyLog(options)).rejects.toMatchObject({
    code: 'log-gap',
    message: expect.stringContaining('commit 19 is whole in neither copy') as string,
  });
  await log.close();
});
