import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '@taffrail/embedded/testing/servers';
import { sequence } from '@taffrail/platform/brand';
import { openDatabase, type Database } from './database.ts';
import { migrate } from './migrate.ts';
import { rebuild } from './rebuild.ts';
import { writtenLog } from './testing/log.ts';
import { project } from './testing/project.ts';
import { trimProjection } from './trim-window.ts';

let fresh: TestDatabase;
let database: Database;
beforeEach(async () => {
  fresh = await testDatabase();
  await migrate(fresh.url);
  database = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 2 });
});
afterEach(async () => {
  await database.end();
  await fresh[Symbol.asyncDispose]();
});

test('what a window has outlived leaves history, second copy and keys; what is alive or came back stays', async () => {
  const { log, write } = await writtenLog('EVENTS');
  await write('+a', '+b'); // 2
  await write('+live'); // 3
  await write('-a', '-b'); // 4
  await write('+b'); // 5: b came back
  const last = await write('+c'); // 6
  await project(database, log, last.sequence);

  expect(await trimProjection(database, 'EVENTS', sequence(5))).toBe(4);
  expect(await trimProjection(database, 'EVENTS', sequence(5))).toBe(0);
  const names = async (table: string): Promise<readonly string[]> =>
    (await database<{ name: string }[]>`SELECT name FROM ${database(table)} ORDER BY name`).map((row) => row.name);
  expect(await names('objects')).toEqual(['b', 'c', 'live']);
  expect(await names('keys')).toEqual(['b', 'c', 'live']);
  expect(await names('history')).toEqual(['b', 'c', 'live']);
  const copies = await database<{ sequence: number }[]>`SELECT sequence FROM commits ORDER BY sequence`;
  expect(copies.map((row) => row.sequence)).toEqual([3, 5, 6]);

  // The log itself is cut off in front of what is young; the projection of the rest is made anew from it.
  await log.trim(sequence(5));
  await rebuild({ url: fresh.url, logs: [log], signal: new AbortController().signal });
  expect(await names('objects')).toEqual(['b', 'c']);
});
