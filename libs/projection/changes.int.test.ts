import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '@taffrail/embedded/testing/servers';
import type { Commit } from '@taffrail/log/commit';
import { decodeCommit, encodeCommit } from '@taffrail/log/commit-codec';
import type { EventDraft } from '@taffrail/log/event';
import { encodeObject } from '@taffrail/log/object-bytes';
import { draftCommit, draftEvent } from '@taffrail/log/testing/drafts';
import { revision, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { changedObjects } from './changes.ts';
import { openDatabase, type Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openReadModel } from './postgres-read-model.ts';
import { projectBatch } from './project-batch.ts';
import type { ChangesQuery, ReadModel, RecordedChange } from './read-model.ts';

let fresh: TestDatabase;
let database: Database;
let model: ReadModel;
beforeAll(async () => {
  fresh = await testDatabase();
  await migrate(fresh.url);
  database = openDatabase({ url: fresh.url, name: 'test', connectionsCount: 2 });
  model = openReadModel(fresh.url);
  const commits: Commit[] = [decodeCommit(encodeCommit(draftCommit()))];
  for (const events of HISTORY) commits.push(decodeCommit(encodeCommit(draftCommit(commits.at(-1), events))));
  await projectBatch(database, 'LOG', undefined, commits);
});
afterAll(async () => {
  await model.close();
  await database.end();
  await fresh[Symbol.asyncDispose]();
});

/** The revision of the event of a one-event commit: commits are counted from 2, behind the genesis. */
const at = (commit: number): Revision => revision(commit * 1024);
const change = (
  resource: string,
  name: string,
  value: string,
  rest: {
    readonly verb?: EventDraft['verb'];
    readonly before?: number;
    readonly cause?: number;
    readonly user?: string;
  } = {},
): readonly EventDraft[] => {
  const { verb = 'updated', before = 0, cause, user = 'alice' } = rest;
  const draft = draftEvent({ name });
  const correlation = { correlation: 'c', traceparent: '' };
  return [
    {
      ...draft,
      verb,
      resource,
      previousRevision: at(before),
      object: encodeObject({ kind: 'X', apiVersion: 'v1', metadata: { name, namespace: 'default' }, data: { value } }),
      actor: { ...draft.actor, user },
      cause: cause === undefined ? correlation : { ...correlation, revision: at(cause) },
    },
  ];
};
const HISTORY: readonly (readonly EventDraft[])[] = [
  change('deployments', 'web', '1', { verb: 'created' }), // 2
  change('replicasets', 'web-1', '1', { verb: 'created', cause: 2, user: 'controller' }), // 3
  change('pods', 'p', '1', { verb: 'created', cause: 3, user: 'controller' }), // 4
  change('pods', 'p', 'bound', { before: 4, cause: 4, user: 'scheduler' }), // 5
  change('deployments', 'web', '2', { before: 2 }), // 6
  change('pods', 'q', '1', { verb: 'created', cause: 3, user: 'controller' }), // 7
  change('pods', 'p', 'bound', { verb: 'deleted', before: 5, cause: 6, user: 'controller' }), // 8
  change('deployments', 'web', '2', { verb: 'deleted', before: 6, user: 'bob' }), // 9
  change('deployments', 'web', '3', { verb: 'created', user: 'bob' }), // 10
  change('namespaces', 'default', '1', { verb: 'created', user: 'bob' }).map((event) => ({ ...event, namespace: '' })), // 11
];

const valueOf = (stored: Uint8Array | undefined): string | undefined =>
  stored === undefined
    ? undefined
    : (JSON.parse(Buffer.from(stored).toString()) as { data: { value: string } }).data.value;
const commitsOf = (found: readonly RecordedChange[]): readonly number[] =>
  found.map(({ event }) => event.revision / 1024);
const found = async (query: Partial<ChangesQuery>): Promise<readonly number[]> =>
  commitsOf((await model.changes({ log: 'LOG', limit: 100, ...query })).changes);

test('changes are selected by each member of a query, newest first', async () => {
  expect(await found({})).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  expect(await found({ resource: 'pods', limit: 2 })).toEqual([8, 7]);
  expect(await found({ resource: 'deployments', name: 'web', namespace: 'default' })).toEqual([10, 9, 6, 2]);
  expect(await found({ user: 'bob' })).toEqual([11, 10, 9]);
  expect(await found({ after: at(4), before: at(7) })).toEqual([6, 5]);
  expect(await found({ resources: ['/replicasets', '/nothing'] })).toEqual([3]);
  expect(await found({ resources: [] })).toEqual([]);
  expect(await found({ namespace: '' })).toEqual([11]);
  expect(await found({ namespace: 'default' })).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  expect(await found({ namespace: 'default', user: 'bob' })).toEqual([11, 10, 9]);
  expect(await found({ namespace: 'default', resources: ['/pods'], limit: 2 })).toEqual([8, 7]);
  expect(await found({ log: 'EVENTS' })).toEqual([]);
});

test('a change comes with the state before it, a creation without, also where the name was used before', async () => {
  const { changes, more } = await model.changes({ log: 'LOG', resource: 'deployments', limit: 3 });
  expect(more).toBe(true);
  const [again, deletion, update] = changes;
  expect(valueOf(update?.before)).toBe('1');
  expect(valueOf(update?.event.object)).toBe('2');
  expect(valueOf(deletion?.before)).toBe('2');
  expect(again).not.toHaveProperty('before');
});

test('causes lead back to the first of them, and no further than was asked', async () => {
  expect(commitsOf(await model.causes({ log: 'LOG', at: at(5), limit: 32 }))).toEqual([5, 4, 3, 2]);
  expect(commitsOf(await model.causes({ log: 'LOG', at: at(5), limit: 2 }))).toEqual([5, 4]);
  expect(await model.causes({ log: 'LOG', at: at(99), limit: 2 })).toEqual([]);
});

test('consequences are those of each revision asked for, oldest first', async () => {
  expect(commitsOf(await model.consequences({ of: [at(3)], limitEach: 10 }))).toEqual([4, 7]);
  expect(commitsOf(await model.consequences({ of: [at(2), at(6)], limitEach: 10 }))).toEqual([3, 8]);
  expect(commitsOf(await model.consequences({ of: [at(3)], limitEach: 1 }))).toEqual([4]);
});

test.each(['keys', 'range'] as const)(
  'changed objects are shown as at both moments, walking along %s',
  async (walk) => {
    const pairs = async (from: number, to: number, rest: object = {}) =>
      (await changedObjects(database, { from: at(from), to: at(to), limit: 10, ...rest }, walk)).objects.map(
        ({ key, from: before, to: now }) => [key.name, valueOf(before?.stored), valueOf(now?.stored)],
      );
    expect(await pairs(5, 10)).toEqual([
      ['web', '1', '3'],
      ['p', 'bound', undefined],
      ['q', undefined, '1'],
    ]);
    expect(await pairs(3, 8, { resource: 'pods' })).toEqual([['q', undefined, '1']]);
    expect(await pairs(5, 10, { limit: 1 })).toHaveLength(1);
    const afterKey = { group: '', resource: 'deployments', namespace: 'default', name: 'web' };
    expect(await pairs(5, 10, { afterKey })).toEqual([
      ['p', 'bound', undefined],
      ['q', undefined, '1'],
    ]);
    expect(await pairs(10, 10)).toEqual([]);
    expect(await pairs(5, 10, { resources: ['/pods'], limit: 1 })).toEqual([['p', 'bound', undefined]]);
    expect(await pairs(5, 10, { name: 'web' })).toHaveLength(1);
  },
);

test('a page holds only as many large bodies as fit, and says that there is more', async () => {
  const large = 'x'.repeat(limits.pastPageBytes / 4);
  const { hash, sequence: last } = (await model.position('LOG')) ?? {};
  const head = { sequence: last, hash, timeMs: 1_800_000_000_000 } as Commit;
  const commits: Commit[] = [];
  for (let index = 0; index < 4; index++) {
    const before = index === 0 ? 0 : 12 + index - 1;
    const events = change('configmaps', 'large', large, index === 0 ? { verb: 'created' } : { before });
    commits.push(decodeCommit(encodeCommit(draftCommit(commits.at(-1) ?? head, events))));
  }
  await projectBatch(database, 'LOG', await model.position('LOG'), commits);
  const page = await model.changes({ log: 'LOG', name: 'large', limit: 10 });
  expect(commitsOf(page.changes)).toEqual([15, 14]);
  expect(page.more).toBe(true);
  const rest = await model.changes({ log: 'LOG', name: 'large', before: at(14), limit: 10 });
  expect(commitsOf(rest.changes)).toEqual([13, 12]);
  expect(rest.more).toBe(false);
});

test('a time means the last commit not later than it', async () => {
  const start = 1_700_000_000_010;
  expect(await model.momentAtTime('LOG', start - 1)).toBeUndefined();
  expect((await model.momentAtTime('LOG', start + 15))?.revision).toBe(at(2));
  expect((await model.momentAtTime('LOG', start + 95))?.revision).toBe(at(10));
});

test.each([
  ['history_by_namespace', "namespace = 'n7' ORDER BY revision DESC LIMIT 100"],
  ['history_by_user', "user_name = 'u7' ORDER BY revision DESC LIMIT 100"],
  ['history_by_cause', 'cause_revision = 5000 ORDER BY revision LIMIT 100'],
])('the index %s serves what it was made for', async (index, condition) => {
  const rows = await database.begin(async (transaction) => {
    await transaction`
      INSERT INTO history SELECT 'LOG', 1000000 + n, 0, 0, 0, 'created', 'g' || n % 13, 'v1', 'r' || n % 61, 'n' || n % 401, 'p' || n, 'u', 0, 0,
        'u' || n % 1000, '{}', '', '', '', n, '', '', 'create', '', 0, 0 FROM generate_series(1, 20000) n`;
    await transaction`ANALYZE history`;
    const plan = await transaction.unsafe<{ 'QUERY PLAN': string }[]>(
      `EXPLAIN SELECT * FROM history WHERE log = 'LOG' AND ${condition}`,
    );
    await transaction`DELETE FROM history WHERE revision > 1000000`;
    return plan;
  });
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain(index);
});
