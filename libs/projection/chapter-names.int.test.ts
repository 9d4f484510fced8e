import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '@taffrail/embedded/testing/servers';
import type { Commit } from '@taffrail/log/commit';
import type { WindowLog } from '@taffrail/log/window-log';
import { revision, sequence, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { seededRandom } from '@taffrail/platform/random';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { bindChapter } from './bind-chapter.ts';
import { boundUntil, unbindFrom } from './chapters.ts';
import { openDatabase, type Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openReadModel } from './postgres-read-model.ts';
import type { ObjectsQuery, ReadModel } from './read-model.ts';
import { rebuild } from './rebuild.ts';
import { writtenLog } from './testing/log.ts';
import { project } from './testing/project.ts';

const CHAPTER_EVENTS = 60;
const { signal } = new AbortController();
const configMaps = { group: '', resource: 'configmaps', storage: 'forever' } as ResourceDefinition;
let fresh: TestDatabase;
let database: Database;
let model: ReadModel;

beforeEach(async () => {
  fresh = await testDatabase();
  await migrate(fresh.url);
  database = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 3 });
  model = openReadModel(fresh.url);
});
afterEach(async () => {
  await model.close();
  await database.end();
  await fresh[Symbol.asyncDispose]();
});

/** What was alive after each commit, as `namespace/name` in the order of pages. */
interface Churn {
  readonly log: WindowLog;
  readonly moments: ReadonlyMap<Revision, readonly string[]>;
}

/** Names that come and go at random, some again and again, beside ones that stay and are left alone. */
async function churn(): Promise<Churn> {
  const random = seededRandom(41);
  const { log, write } = await writtenLog();
  const alive = new Set<string>();
  const moments = new Map<Revision, readonly string[]>();
  let last: Commit = await write('+ns-9/kept');
  alive.add('ns-9/kept');
  for (let step = 0; step < 200; step++) {
    const picked = new Set(Array.from({ length: 4 }, () => Math.floor(random.next() * 40)));
    const changes = [...picked].map((number) => {
      const place = `ns-${number % 3}/p-${number}${number % 4 === 0 ? `-${Math.floor(step / 20)}` : ''}`;
      if (!alive.has(place)) return `+${place}`;
      return number % 5 > 0 && random.next() < 0.6 ? `-${place}` : place;
    });
    for (const change of changes) {
      if (change.startsWith('+')) alive.add(change.slice(1));
      if (change.startsWith('-')) alive.delete(change.slice(1));
    }
    last = await write(...changes);
    moments.set(revision(last.sequence * 1024 + last.events.length - 1), [...alive].toSorted());
  }
  await project(database, log, last.sequence);
  return { log, moments };
}

async function bindAll(): Promise<void> {
  while ((await bindChapter(database, signal, CHAPTER_EVENTS)) !== undefined);
}

/** All that there was at a moment, page by page. */
async function placesAt(at: Revision, of: Partial<ObjectsQuery> = {}): Promise<readonly string[]> {
  const places: string[] = [];
  let after: ObjectsQuery['after'];
  for (;;) {
    const query = { definition: configMaps, namespace: undefined, at, limit: 7, ...of };
    const { objects, more } = await model.objectsAt(after === undefined ? query : { ...query, after });
    places.push(...objects.map(({ key }) => `${key.namespace}/${key.name}`));
    if (!more) return places;
    after = objects.at(-1)?.key;
  }
}

/** Every third moment, whole, and one namespace of it. */
async function expectMoments(moments: Churn['moments']): Promise<void> {
  for (const [at, places] of [...moments].filter((_, index) => index % 3 === 0)) {
    expect(await placesAt(at), String(at)).toEqual(places);
    expect(await placesAt(at, { namespace: 'ns-1' })).toEqual(places.filter((place) => place.startsWith('ns-1/')));
  }
}

/** Behind which of them nothing is bound. */
async function lastBound(moments: Churn['moments']): Promise<number> {
  const until = await boundUntil(database);
  return [...moments.keys()].filter((at) => at < until).length;
}

test('pages of every moment hold what was alive: bound, behind the last chapter, and where nothing is bound', async () => {
  const { moments } = await churn();
  await expectMoments(moments);
  await bindAll();
  const bound = await lastBound(moments);
  expect(bound).toBeGreaterThan(150);
  expect(bound).toBeLessThan(moments.size);
  await expectMoments(moments);
});

test('where too many have gone since a moment to sort them, pages walk along all names', async () => {
  const { moments } = await churn();
  await database`
    INSERT INTO keys (api_group, resource, namespace, name, first_revision, gone_revision)
    SELECT '', 'configmaps', 'ns-1', 'later-' || n, 1000000000 + n, 1000000001 + n
    FROM generate_series(1, ${limits.sortedNamesCount + 1}) n`;
  await expectMoments(new Map([...moments].filter((_, index) => index % 4 === 0)));
});

test('a chapter knows who was alive in it and nobody else, whatever has become of them since', async () => {
  const { moments } = await churn();
  await bindAll();
  const chapters = await database<{ first: number; until: number; places: string[] }[]>`
    SELECT c.first_revision AS first, c.until_revision AS until,
      array_agg(n.namespace || '/' || n.name ORDER BY n.namespace, n.name) AS places
    FROM chapters c JOIN chapter_names n ON n.chapter = c.first_revision GROUP BY 1, 2 ORDER BY 1`;
  expect(chapters.length).toBeGreaterThan(5);
  const ends = [...moments];
  for (const { first, until, places } of chapters) {
    const before = ends.findLast(([at]) => at < first)?.[1] ?? [];
    const within = ends.filter(([at]) => at >= first && at < until).flatMap(([, alive]) => alive);
    expect(places).toEqual([...new Set([...before, ...within])].toSorted());
    const atEnd = await database<{ place: string }[]>`
      SELECT namespace || '/' || name AS place FROM chapter_names
      WHERE chapter = ${first} AND gone_revision IS NULL ORDER BY namespace, name`;
    expect(atEnd.map(({ place }) => place)).toEqual(ends.findLast(([at]) => at < until)?.[1]);
  }
});

test('a database whose chapters knew no names gets them when it is migrated', async () => {
  const { moments } = await churn();
  await bindAll();
  const bound = await lastBound(moments);
  await database`DROP TABLE chapter_names`;
  await database`DROP INDEX keys_alive, keys_gone`;
  await database`CREATE INDEX keys_by_life ON keys (api_group, resource, namespace, name)`;
  await database`DELETE FROM kysely_migration WHERE name = '0007-chapter-names'`;
  expect(await migrate(fresh.url)).toEqual(['0007-chapter-names']);
  expect(await lastBound(moments)).toBe(bound);
  await expectMoments(moments);
});

test('names go with their chapters, in a repair and in a rebuild, and come again with them', async () => {
  const { log, moments } = await churn();
  await bindAll();
  const names = async (): Promise<number> => (await database`SELECT FROM chapter_names`).length;
  const all = await names();
  const [third] = await database<{ first: number }[]>`SELECT first_revision AS first FROM chapters ORDER BY 1 OFFSET 2`;
  await database.begin(async (transaction) => {
    await unbindFrom(transaction, sequence((third?.first ?? 0) / 1024));
  });
  expect(await names()).toBeLessThan(all / 2);
  await expectMoments(new Map([...moments].filter((_, index) => index % 4 === 0)));
  await rebuild({ url: fresh.url, logs: [log], signal });
  expect(await names()).toBe(0);
  await bindAll();
  expect(await names()).toBe(all);
});
