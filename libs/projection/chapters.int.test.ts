import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '@taffrail/embedded/testing/servers';
import { hashOf } from '@taffrail/log/hash-chain';
import { revision, sequence, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { bindChapter } from './bind-chapter.ts';
import { changes } from './changes.ts';
import { boundUntil, changesByObject, unbindFrom } from './chapters.ts';
import { openDatabase, type Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openReadModel } from './postgres-read-model.ts';
import type { ChangesQuery, ObjectsQuery, ReadModel } from './read-model.ts';
import { rebuild } from './rebuild.ts';
import { writtenLog, type WrittenLog } from './testing/log.ts';
import { project } from './testing/project.ts';

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

/** Sixty commits of three objects, of which one comes and goes, with larger and smaller bodies. */
async function longHistory(written?: WrittenLog): Promise<WrittenLog> {
  const { log, write } =
    written ?? (await writtenLog('LOG', (name, change) => `${name}-${change}-`.repeat(change % 7)));
  await write('+a', '+b', '+other/a');
  for (let index = 0; index < 58; index++) {
    const gone = index % 6;
    await write(
      'a',
      ...(index % 3 === 0 ? ['b'] : []),
      ...(gone === 1 ? ['+c'] : gone < 4 && gone > 1 ? ['c'] : gone === 4 ? ['-c'] : []),
    );
  }
  await project(database, log, (await write('a', 'b', 'other/a')).sequence);
  return { log, write };
}

/** Binds all that there is in chapters of at least so many events. */
async function bindAll(eventsCount: number): Promise<number> {
  for (let chapters = 0; ; chapters++)
    if ((await bindChapter(database, signal, eventsCount)) === undefined) return chapters;
}

const objectOf = (name: string, namespace = 'default') => ({ group: '', resource: 'configmaps', namespace, name });

/** What may be asked of the changes of an object: every limit and range that lies differently to the chapters. */
function questions(until: Revision): readonly ChangesQuery[] {
  const edges = [1, 30 * 1024 + 1, until - 1, until, until + 1].map((at) => revision(at));
  const bounds = edges.flatMap((before) => [{ before }, ...edges.map((after) => ({ before, after }))]);
  return [objectOf('a'), objectOf('b'), objectOf('c'), objectOf('a', 'other'), objectOf('none')].flatMap((of) =>
    [1, 17, 100].flatMap((limit) =>
      [{}, ...edges.map((after) => ({ after })), ...bounds].map((range) => ({ log: 'LOG', ...of, limit, ...range })),
    ),
  );
}

test('an object has the same changes whether they are bound, not bound yet, or some of each', async () => {
  await longHistory();
  await bindChapter(database, signal, 40);
  await bindChapter(database, signal, 40);
  const until = await boundUntil(database);
  expect(until).toBeLessThan(61 * 1024);
  for (const asked of questions(until)) {
    const plain = await changes(database, asked);
    expect(await changesByObject(database, asked), JSON.stringify(asked)).toEqual(plain);
  }
});

test('what is bound is read from the chapters alone', async () => {
  await longHistory();
  const asked = { log: 'LOG', ...objectOf('c'), limit: 20 };
  const before = await model.changes(asked);
  const pages = await Promise.all([10, 20, 30, 61].map(async (at) => await pageAt(at)));
  await bindAll(1);
  await database`DELETE FROM commits`;
  expect(await Promise.all([10, 20, 30, 61].map(async (at) => await pageAt(at)))).toEqual(pages);
  await database`DELETE FROM history`;
  expect(await model.changes(asked)).toEqual(before);
  expect(before.changes.length).toBe(20);
});

test('pages of a past moment are the same before and after it is bound, one object at a time or all at once', async () => {
  await longHistory();
  const moments = Array.from({ length: 60 }, (_, index) => index + 2);
  const before = await Promise.all(moments.map(async (at) => [await pageAt(at), await pagesOfOne(at)]));
  await bindAll(40);
  expect(await boundUntil(database)).toBeGreaterThan(50 * 1024);
  expect(await Promise.all(moments.map(async (at) => [await pageAt(at), await pagesOfOne(at)]))).toEqual(before);
});

test('a page of large bound objects ends early, and the next one goes on behind it', async () => {
  const { log, write } = await writtenLog('LOG', () => 'x'.repeat(limits.pastPageBytes / 3));
  for (const change of ['+a', '+b', '+c']) await write(change);
  await project(database, log, (await write('+d')).sequence);
  await bindAll(1);
  const [first] = await pagesOf({ at: revision(5 * 1024), limit: 10 });
  expect(first).toEqual({ names: ['a', 'b', 'c'], more: true });
  expect(await pagesOf({ at: revision(5 * 1024), limit: 10 })).toHaveLength(2);
});

/** The names of every page, one after the other. */
async function pagesOf(asked: Pick<ObjectsQuery, 'at' | 'limit'>): Promise<{ names: string[]; more: boolean }[]> {
  const pages: { names: string[]; more: boolean }[] = [];
  let after: ObjectsQuery['after'];
  for (;;) {
    const query = { definition: configMaps, namespace: undefined, ...asked, ...(after === undefined ? {} : { after }) };
    const { objects, more } = await model.objectsAt(query);
    pages.push({ names: objects.map(({ key }) => key.name), more });
    if (!more) return pages;
    after = objects.at(-1)?.key;
  }
}

const pagesOfOne = async (commit: number): Promise<unknown> => await pagesOf({ at: revision(commit * 1024), limit: 1 });

async function pageAt(commit: number): Promise<unknown> {
  return await model.objectsAt({
    definition: configMaps,
    namespace: undefined,
    at: revision(commit * 1024),
    limit: 10,
  });
}

test('a chapter is whole commits in the order of keys, and the next one begins where it ends', async () => {
  await longHistory();
  const first = await bindChapter(database, signal, 40);
  const second = await bindChapter(database, signal, 40);
  expect(second?.first).toBe(first?.until);
  expect(second?.until).toBe(await boundUntil(database));
  const [counted] = await database<{ events: number }[]>`
    SELECT count(*) AS events FROM history WHERE revision < ${second?.until ?? 0}`;
  expect((first?.events ?? 0) + (second?.events ?? 0)).toBe(counted?.events);
  expect((first?.until ?? 1) % 1024).toBe(0);
  const rows = await database<{ place: string }[]>`
    SELECT namespace || '/' || name AS place FROM chapter_objects WHERE first_revision < ${first?.until ?? 0} ORDER BY ctid`;
  expect(rows.map(({ place }) => place)).toEqual(rows.map(({ place }) => place).toSorted());
});

test('a long-lived object is packed in several rows, and so is one of large bodies', async () => {
  const { log, write } = await writtenLog('LOG', (name) =>
    name === 'large' ? 'x'.repeat(limits.chapterRowBytes) : '',
  );
  await write('+a', '+large');
  for (let index = 0; index < 2 * limits.chapterRowEventsCount; index++) await write('a');
  await project(database, log, (await write('large', 'a')).sequence);
  expect(await bindChapter(database, signal, 36)).toMatchObject({ events: 2 * limits.chapterRowEventsCount + 4 });
  const rows = await database`SELECT name, count(*) FROM chapter_objects GROUP BY name ORDER BY name`;
  expect([...rows]).toEqual([
    { name: 'a', count: 3 },
    { name: 'large', count: 2 },
  ]);
  const { changes: found } = await model.changes({ log: 'LOG', ...objectOf('a'), limit: 100 });
  expect(found).toHaveLength(2 * limits.chapterRowEventsCount + 2);
});

test('the changes of a large object come in answers of bounded size, bound or not', async () => {
  const { log, write } = await writtenLog('LOG', () => 'x'.repeat(limits.pastPageBytes / 6));
  for (const change of ['+a', 'a', 'a']) await write(change);
  await project(database, log, (await write('a')).sequence);
  const asked = { log: 'LOG', ...objectOf('a'), limit: 10 };
  const answer = async (): Promise<unknown> => {
    const { changes: found, more } = await model.changes(asked);
    return {
      more,
      bodies: found.map(({ event, before }) => [event.object, before].map((body) => body && hashOf(body))),
    };
  };
  const before = await answer();
  expect(before).toMatchObject({ more: true });
  await bindAll(1);
  expect(await answer()).toEqual(before);
});

test('too few events are no chapter, one binds at a time, and one that was given up leaves nothing', async () => {
  await longHistory();
  expect(await bindChapter(database, signal, 10_000)).toBeUndefined();
  await expect(bindChapter(database, AbortSignal.abort(new Error('stopped')), 40)).rejects.toThrow('stopped');
  expect(await boundUntil(database)).toBe(0);
  expect(await database`SELECT FROM chapter_objects`).toHaveLength(0);
  const others = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 4 });
  const bound = await Promise.all([1, 2].map(async () => await bindChapter(others, signal, 100)));
  expect(bound.filter((chapter) => chapter !== undefined)).toHaveLength(1);
  await others.end();
});

test('after a rebuild nothing is bound until it is bound again, and answers stay the same', async () => {
  const { log } = await longHistory();
  const asked = { log: 'LOG', ...objectOf('a'), limit: 50 };
  const before = await model.changes(asked);
  await bindAll(40);
  await rebuild({ url: fresh.url, logs: [log], signal });
  expect(await boundUntil(database)).toBe(0);
  expect(await model.changes(asked)).toEqual(before);
  expect(await bindAll(40)).toBeGreaterThan(1);
  expect(await model.changes(asked)).toEqual(before);
});

test('a read that meets the end of a rebuild is answered from what stands there then', async () => {
  await longHistory();
  const asked = { log: 'LOG', ...objectOf('a'), limit: 50 };
  const plain = await changes(database, asked);
  await bindAll(40);
  let asks = 0;
  // Behind the first statement, which tells how far is bound, the chapters go.
  const meanwhile = new Proxy(database, {
    apply(target, self, parameters) {
      const isFirst = (asks += 1) === 1;
      const answer: unknown = Reflect.apply(target, self, parameters);
      if (!isFirst) return answer;
      return (answer as Promise<unknown>).then(async (rows) => {
        await database`TRUNCATE chapters, chapter_objects`;
        return rows;
      });
    },
  });
  expect(await changesByObject(meanwhile, asked)).toEqual(plain);
});

test('what was bound from a payload that is restored is taken out, with what is behind it', async () => {
  await longHistory();
  expect(await bindAll(20)).toBeGreaterThan(3);
  const [, second] = await database<{ first: number }[]>`SELECT first_revision AS first FROM chapters ORDER BY 1`;
  await database.begin(async (transaction) => await unbindFrom(transaction, sequence((second?.first ?? 0) / 1024)));
  expect(await boundUntil(database)).toBe(second?.first);
  const [left] = await database`SELECT max(first_revision) < ${second?.first ?? 0} AS whole FROM chapter_objects`;
  expect(left).toEqual({ whole: true });
  const asked = { log: 'LOG', ...objectOf('a'), limit: 100 };
  expect(await model.changes(asked)).toEqual(await changes(database, asked));
});

test('events of windows are not bound, and are read all the same', async () => {
  const { log, write } = await writtenLog('EVENTS');
  await project(database, log, (await write('+a', '+b')).sequence);
  expect(await bindAll(1)).toBe(0);
  expect((await model.changes({ log: 'EVENTS', ...objectOf('a'), limit: 5 })).changes).toHaveLength(1);
});
