import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '@taffrail/embedded/testing/servers';
import { decodeCommit, encodeCommit } from '@taffrail/log/commit-codec';
import { memoryLog } from '@taffrail/log/memory-log';
import { draftCommit, draftEvent } from '@taffrail/log/testing/drafts';
import { revision, sequence } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { openDatabase, type Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openReadModel } from './postgres-read-model.ts';
import type { ObjectsPage, ObjectsQuery, ReadModel } from './read-model.ts';
import { rebuild } from './rebuild.ts';
import { writtenLog } from './testing/log.ts';
import { project } from './testing/project.ts';

const configMaps = { group: '', resource: 'configmaps', storage: 'forever' } as ResourceDefinition;
let fresh: TestDatabase;
let database: Database;
let model: ReadModel;

beforeEach(async () => {
  fresh = await testDatabase();
  await migrate(fresh.url);
  database = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 2 });
  model = openReadModel(fresh.url);
});
afterEach(async () => {
  await model.close();
  await database.end();
  await fresh[Symbol.asyncDispose]();
});

async function pageAt(at: number, changes: Partial<ObjectsQuery> = {}): Promise<ObjectsPage> {
  const query = { definition: configMaps, namespace: undefined, at: revision(at), limit: 10, ...changes };
  return await model.objectsAt(query);
}
const names = ({ objects }: ObjectsPage): readonly string[] => objects.map(({ key }) => key.name);

test('a page says whether there is another, and one name alone can be asked for', async () => {
  const { log, write } = await writtenLog();
  const last = await write('+a', '+b', '+c', '+other/b');
  await project(database, log, last.sequence);
  expect(await pageAt(2051, { limit: 3 })).toMatchObject({ more: true });
  expect(await pageAt(2051, { limit: 4 })).toMatchObject({ more: false });
  const rest = await pageAt(2051, { limit: 4, after: { namespace: 'default', name: 'b' } });
  expect([names(rest), rest.more]).toEqual([['c', 'b'], false]);
  expect(names(await pageAt(2051, { name: 'b' }))).toEqual(['b', 'b']);
  expect(await pageAt(1024)).toEqual({ objects: [], more: false });
});

test('a page of large objects ends early and the next one goes on behind it', async () => {
  const bodyBytes = limits.pastPageBytes / 4;
  const { log, write } = await writtenLog('LOG', () => 'x'.repeat(bodyBytes));
  let last = await write('+a');
  for (const name of ['b', 'c', 'd', 'e', 'f', 'g']) last = await write(`+${name}`);
  await project(database, log, last.sequence);
  const at = last.events[0]!.revision;
  const first = await pageAt(at);
  expect([names(first), first.more]).toEqual([['a', 'b', 'c', 'd'], true]);
  const second = await pageAt(at, { after: { namespace: 'default', name: 'd' } });
  expect([names(second), second.more]).toEqual([['e', 'f', 'g'], false]);
});

test('names that were given up and taken again are shown exactly while they stood, however they were projected', async () => {
  const { log, write } = await writtenLog();
  const alive: (readonly [at: number, names: readonly string[]])[] = [];
  const standing = new Set<string>();
  let last = await write('+first');
  standing.add('first');
  // Every combination of three names coming and going, some within one commit.
  for (let round = 1; round < 64; round++) {
    const changes = ['a', 'b', 'c'].filter((_, bit) => ((round ^ (round - 1)) >> bit) & 1);
    const written = changes.map((name) => (standing.has(name) ? `-${name}` : `+${name}`));
    last = await write(...written, ...(round % 5 === 0 ? ['+brief', '-brief'] : []));
    for (const name of changes) if (!standing.delete(name)) standing.add(name);
    alive.push([last.events.at(-1)!.revision, [...standing].toSorted()]);
  }
  await project(database, log, last.sequence);
  const check = async (): Promise<void> => {
    for (const [at, expected] of alive) expect([at, names(await pageAt(at))]).toEqual([at, expected]);
  };
  await check();
  await rebuild({ url: fresh.url, logs: [log], signal: new AbortController().signal });
  await check();
});

test('a time is the last commit not later than it, whatever the number of commits and where their times are equal', async () => {
  const log = memoryLog('LOG');
  let previous = decodeCommit(encodeCommit(draftCommit()));
  await log.append(previous.payload, sequence(0));
  const times = [previous.timeMs];
  for (let index = 0; index < 200; index++) {
    const step = index % 7 === 0 ? 1_000 : index % 3;
    const draft = { ...draftCommit(previous, [draftEvent({ name: `o${index}` })]), timeMs: previous.timeMs + step };
    previous = decodeCommit(encodeCommit(draft));
    await log.append(previous.payload, sequence(index + 1));
    times.push(previous.timeMs);
  }
  await project(database, log, previous.sequence);
  const asked = new Set(times.flatMap((time) => [time - 1, time, time + 1]));
  for (const time of asked) {
    const at = times.findLastIndex((one) => one <= time);
    const found = await model.momentAtTime('LOG', time);
    if (at === -1) expect(found).toBeUndefined();
    else expect([time, found]).toEqual([time, { revision: (at + 1) * 1024, timeMs: times[at] }]);
  }
  expect(await model.momentAtTime('EVENTS', times[0]!)).toBeUndefined();
  expect(await model.beginning('LOG')).toEqual({ revision: 1024, timeMs: times[0] });
});

test('a revision is its transaction, with its commit as its time, and nothing before the first commit', async () => {
  const log = memoryLog('LOG');
  const genesis = decodeCommit(encodeCommit(draftCommit()));
  const drafted = draftCommit(genesis, [
    draftEvent({ name: 'a' }),
    draftEvent({ name: 'b' }),
    draftEvent({ name: 'c' }),
  ]);
  const events = drafted.events.map((event, index) =>
    index < 2 ? { ...event, transactionStart: 0, transactionEnd: 1 } : event,
  );
  const commit = decodeCommit(encodeCommit({ ...drafted, events }));
  await log.append(genesis.payload, sequence(0));
  await log.append(commit.payload, sequence(1));
  await project(database, log, commit.sequence);
  const { timeMs } = commit;
  expect(await model.momentAtRevision('LOG', revision(2048))).toEqual({ revision: 2049, timeMs });
  expect(await model.momentAtRevision('LOG', revision(2050))).toEqual({ revision: 2050, timeMs });
  expect(await model.momentAtRevision('LOG', revision(1030))).toEqual({ revision: 1030, timeMs: genesis.timeMs });
  expect(await model.momentAtRevision('LOG', revision(1023))).toBeUndefined();
  expect(names(await pageAt(2048))).toEqual(['a', 'b']);
});
