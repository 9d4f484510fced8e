import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertNever } from '@taffrail/platform/assert';
import { sequenceOf } from '@taffrail/platform/brand';
import type { CommitLog } from '@taffrail/log/commit-log';
import type { Commit } from '@taffrail/log/commit';
import { memoryLog } from '@taffrail/log/memory-log';
import { readVerified } from '@taffrail/log/verified-reader';
import { isRejection } from '@taffrail/machinery/rejection';
import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { Change } from './change.ts';
import type { ItemCommand, Preconditions, TransactionCommand, TransactionItem } from './command.ts';
import { faultyLog } from './testing/faulty-log.ts';
import { accepted, configMap, pod, refused, resourceNamed, testMachine, type TestMachine } from './testing/machine.ts';

const configMaps = resourceNamed('configmaps');

function item(
  type: ItemCommand['type'],
  resource: string,
  object: JsonObject,
  preconditions: Preconditions = {},
  namespace = 'default',
): TransactionItem {
  const definition = resourceNamed(resource);
  const name = (object['metadata'] as JsonObject)['name'] as string;
  const target = { definition, namespace: definition.namespaced ? namespace : '', name, subresource: '' };
  const fieldValidation = 'Strict';
  switch (type) {
    case 'create':
    case 'update':
      return { command: { type, target, object: object as KubeObject }, preconditions };
    case 'apply':
      return { command: { type, target, object: object as KubeObject, fieldValidation }, preconditions };
    case 'patch':
      return {
        command: { type, target, patchType: 'merge', patch: object, fieldValidation, force: false },
        preconditions,
      };
    case 'delete':
      return { command: { type, target, options: {} }, preconditions };
    default:
      return assertNever(type);
  }
}

const transaction = (...items: readonly TransactionItem[]): TransactionCommand => ({ type: 'transaction', items });
const named = (name: string): JsonObject => ({ metadata: { name } });

async function commitsOf(log: CommitLog): Promise<readonly Commit[]> {
  const commits: Commit[] = [];
  const until = (await log.head()).sequence;
  const signal = new AbortController().signal;
  for await (const commit of readVerified(log, { start: { at: 'genesis' }, until, signal })) commits.push(commit);
  return commits;
}

describe('a transaction', () => {
  test('does everything in one commit, and says of each item what became of it', async () => {
    await using cluster = await testMachine();
    for (const name of ['old', 'same', 'changed']) await cluster.create('configmaps', configMap(name));
    const before = (await cluster.logs.LOG.head()).sequence;
    const outcome = accepted(
      await cluster.submit(
        transaction(
          item('create', 'configmaps', configMap('new')),
          item('update', 'configmaps', configMap('same')),
          item('patch', 'configmaps', { ...named('changed'), data: { k: '2' } }),
          item('delete', 'configmaps', named('old')),
        ),
      ),
    );
    expect(outcome.items?.map(({ result }) => result)).toEqual(['created', 'unchanged', 'configured', 'deleted']);
    expect((await cluster.logs.LOG.head()).sequence).toBe(before + 1);
    const last = (await commitsOf(cluster.logs.LOG)).at(-1);
    expect(last?.events.map((event) => [event.verb, event.transactionStart, event.transactionEnd])).toEqual([
      ['created', 0, 2],
      ['updated', 0, 2],
      ['deleted', 0, 2],
    ]);
    expect(outcome.end).toBe(last?.events.at(-1)?.revision);
    expect(cluster.get('configmaps', 'old')).toBeUndefined();
  });

  test('changes nothing when one item is refused, and names every refused one with its place, kind and name', async () => {
    await using cluster = await testMachine();
    await cluster.create('configmaps', configMap('taken'));
    const before = (await cluster.logs.LOG.head()).sequence;
    const refusal = refused(
      await cluster.submit(
        transaction(
          item('create', 'configmaps', configMap('fine')),
          item('create', 'configmaps', configMap('taken')),
          item('delete', 'configmaps', named('missing')),
        ),
      ),
    );
    expect(refusal).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'nothing was changed: items[1]: configmaps "taken" already exists (and 1 more)',
    });
    expect(refusal.details?.causes).toEqual([
      {
        reason: 'AlreadyExists',
        field: 'items[1]',
        message: 'ConfigMap default/taken: configmaps "taken" already exists',
      },
      { reason: 'NotFound', field: 'items[2]', message: 'ConfigMap default/missing: configmaps "missing" not found' },
    ]);
    expect(cluster.get('configmaps', 'fine')).toBeUndefined();
    expect((await cluster.logs.LOG.head()).sequence).toBe(before);
  });

  test('names the fields of an invalid item behind its place', async () => {
    await using cluster = await testMachine();
    const refusal = refused(
      await cluster.submit(
        transaction(item('create', 'configmaps', configMap('a')), item('create', 'pods', pod('p', { containers: [] }))),
      ),
    );
    expect(refusal.code).toBe(422);
    expect(refusal.details?.causes).toContainEqual(expect.objectContaining({ field: 'items[1].spec.containers' }));
  });

  test('lets later items build on earlier ones: a namespace, what lies in it, and a second change of the same object', async () => {
    await using cluster = await testMachine();
    const namespace = { apiVersion: 'v1', kind: 'Namespace', ...named('team') };
    const outcome = accepted(
      await cluster.submit(
        transaction(
          item('create', 'namespaces', namespace),
          item('create', 'pods', pod('p'), {}, 'team'),
          item('create', 'configmaps', configMap('c'), {}, 'team'),
          item('patch', 'configmaps', { ...named('c'), data: { k: 'later' } }, {}, 'team'),
          item('patch', 'serviceaccounts', { ...named('default'), automountServiceAccountToken: false }, {}, 'team'),
        ),
      ),
    );
    expect(outcome.items).toHaveLength(5);
    expect(cluster.get('configmaps', 'c', 'team')).toMatchObject({ data: { k: 'later' } });
    expect(cluster.get('serviceaccounts', 'default', 'team')).toMatchObject({ automountServiceAccountToken: false });
    // The log alone tells the same story.
    await using again = await testMachine({ logs: cluster.logs, leases: cluster.leases });
    expect(again.get('configmaps', 'c', 'team')).toEqual(cluster.get('configmaps', 'c', 'team'));
  });

  test('two Services of one transaction cannot have the same node port', async () => {
    await using cluster = await testMachine();
    const service = (name: string): JsonObject => ({
      ...named(name),
      spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30_100 }] },
    });
    const refusal = refused(
      await cluster.submit(
        transaction(item('create', 'services', service('a')), item('create', 'services', service('b'))),
      ),
    );
    expect(refusal.details?.causes?.[0]).toMatchObject({ field: 'items[1]', reason: 'Invalid' });
    expect(cluster.get('services', 'a')).toBeUndefined();
  });

  test.each([
    ['must not exist', { exists: false }, 'there', 'AlreadyExists'],
    ['must exist', { exists: true }, 'absent', 'NotFound'],
    ['of this uid', { uid: 'another' }, 'there', 'Conflict'],
    ['at this revision', { resourceVersion: '1' }, 'there', 'Conflict'],
    ['of this uid, and it is not there', { uid: 'any' }, 'absent', 'NotFound'],
  ])('holds every item to its preconditions: %s', async (_what, preconditions, name, reason) => {
    await using cluster = await testMachine();
    await cluster.create('configmaps', configMap('there'));
    const command = transaction(
      item('create', 'configmaps', configMap('other')),
      item('apply', 'configmaps', configMap(name, '2'), preconditions),
    );
    expect(refused(await cluster.submit(command)).reason).toBe(reason);
    expect(cluster.get('configmaps', 'other')).toBeUndefined();
  });

  test('preconditions that hold let it through', async () => {
    await using cluster = await testMachine();
    const { object } = accepted(await cluster.create('configmaps', configMap('there')));
    const { uid, resourceVersion } = object.object().metadata;
    const held: Preconditions = { exists: true, uid: uid ?? '', resourceVersion: resourceVersion ?? '' };
    const outcome = await cluster.submit(
      transaction(
        item('update', 'configmaps', configMap('there', '2'), held),
        item('create', 'configmaps', configMap('new'), { exists: false }),
      ),
    );
    expect(accepted(outcome).items?.map(({ result }) => result)).toEqual(['configured', 'created']);
  });

  test('a dry run shows what would be made, items building on each other, and makes nothing', async () => {
    await using cluster = await testMachine();
    const before = (await cluster.logs.LOG.head()).sequence;
    const namespace = { apiVersion: 'v1', kind: 'Namespace', ...named('team') };
    const outcome = accepted(
      await cluster.submit(
        transaction(
          item('create', 'namespaces', namespace),
          item('create', 'configmaps', configMap('c', 'v'), {}, 'team'),
        ),
        true,
      ),
    );
    expect(outcome.items?.map(({ result, object }) => [result, object.object().metadata.name])).toEqual([
      ['created', 'team'],
      ['created', 'c'],
    ]);
    expect((await cluster.logs.LOG.head()).sequence).toBe(before);
    expect(cluster.get('namespaces', 'team', '')).toBeUndefined();
  });

  test('one that no commit can hold is refused before anything is written: too many changes, too many bytes', async () => {
    await using cluster = await testMachine();
    const before = (await cluster.logs.LOG.head()).sequence;
    const many = Array.from({ length: 1025 }, (_, index) => item('create', 'configmaps', configMap(`c-${index}`)));
    expect(refused(await cluster.submit(transaction(...many)))).toMatchObject({ code: 413 });
    // 1024 items, but a namespace is two events.
    const namespaces = Array.from({ length: 600 }, (_, index) =>
      item('create', 'namespaces', { apiVersion: 'v1', kind: 'Namespace', ...named(`n-${index}`) }),
    );
    expect(refused(await cluster.submit(transaction(...namespaces)))).toMatchObject({ code: 413 });
    const large = 'x'.repeat(900_000);
    const bytes = Array.from({ length: 9 }, (_, index) =>
      item('create', 'configmaps', configMap(`large-${index}`, large)),
    );
    expect(refused(await cluster.submit(transaction(...bytes)))).toMatchObject({ code: 413 });
    expect((await cluster.logs.LOG.head()).sequence).toBe(before);
  });

  test('1024 changes fit, also when the open commit has others already', async () => {
    await using cluster = await testMachine();
    const many = Array.from({ length: 1024 }, (_, index) => item('create', 'configmaps', configMap(`c-${index}`)));
    const [small, large] = await Promise.all([
      cluster.create('configmaps', configMap('first')),
      cluster.submit(transaction(...many)),
    ]);
    const revisions = accepted(large).items?.map(({ object }) => sequenceOf(object.revision));
    expect(new Set(revisions)).toEqual(new Set([sequenceOf(accepted(small).object.revision) + 1]));
  });

  test('is only for resources that are kept for ever, and never empty', async () => {
    await using cluster = await testMachine();
    const lease = { ...named('l'), spec: {} };
    const command = transaction(item('create', 'configmaps', configMap('a')), item('create', 'leases', lease));
    expect(refused(await cluster.submit(command))).toMatchObject({ code: 400 });
    expect(refused(await cluster.submit(transaction()))).toMatchObject({ code: 400 });
    expect(cluster.get('configmaps', 'a')).toBeUndefined();
  });

  test('watchers get its events together, and a list never shows half of it', async () => {
    const log = faultyLog(memoryLog('LOG'));
    await using cluster = await testMachine({ logs: { LOG: log, EVENTS: memoryLog('EVENTS') } });
    const seen: (readonly Change[])[] = [];
    const from = cluster.machine.revision(configMaps);
    cluster.machine.subscribe(configMaps, from, { onChanges: (changes) => seen.push(changes) });
    const before = cluster.machine.list(configMaps, 'default').length;
    log.hold();
    const names = Array.from({ length: 20 }, (_, index) => `c-${index}`);
    const submitted = cluster.submit(
      transaction(...names.map((name) => item('create', 'configmaps', configMap(name)))),
    );
    await turn();
    expect(cluster.machine.list(configMaps, 'default')).toHaveLength(before);
    log.release();
    await submitted;
    expect(seen.map((changes) => changes.length)).toEqual([20]);
    expect(cluster.machine.list(configMaps, 'default')).toHaveLength(before + 20);
  });

  test('lost to another writer it is decided again on what won, whole', async () => {
    const log = faultyLog(memoryLog('LOG'));
    const logs = { LOG: log, EVENTS: memoryLog('EVENTS') };
    await using cluster = await testMachine({ logs });
    await using other = await testMachine({ logs: { ...logs, LOG: log }, leases: cluster.leases });
    log.beforeNext(async () => {
      accepted(await other.create('configmaps', configMap('b', 'theirs')));
    });
    const refusal = refused(
      await cluster.submit(
        transaction(item('create', 'configmaps', configMap('a')), item('create', 'configmaps', configMap('b'))),
      ),
    );
    expect(refusal).toMatchObject({ reason: 'AlreadyExists' });
    expect(cluster.get('configmaps', 'a')).toBeUndefined();
    expect(cluster.get('configmaps', 'b')).toMatchObject({ data: { k: 'theirs' } });
  });
});

describe('apply', () => {
  test('creates, then changes what changed, takes away what was applied before, and leaves what others set', async () => {
    await using cluster = await testMachine();
    const apply = async (data: JsonObject): Promise<string | undefined> =>
      accepted(await cluster.submit(transaction(item('apply', 'configmaps', { ...configMap('a'), data })))).items?.[0]
        ?.result;
    expect(await apply({ one: '1', two: '2' })).toBe('created');
    expect(await apply({ one: '1', two: '2' })).toBe('unchanged');
    await cluster.patch('configmaps', 'a', { data: { foreign: 'x' } });
    expect(await apply({ one: 'changed' })).toBe('configured');
    expect(cluster.get('configmaps', 'a')).toMatchObject({ data: { one: 'changed', foreign: 'x' } });
    expect(cluster.get('configmaps', 'a')?.['data']).not.toHaveProperty('two');
  });
});

/* Random transactions over few names: the log, the watchers and the lists see each of them whole or not at all. */
const randomItem = fc
  .tuple(
    fc.constantFrom<ItemCommand['type']>('create', 'update', 'patch', 'delete', 'apply'),
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc.nat(2),
    fc.constantFrom<Preconditions>({}, {}, { exists: true }, { exists: false }),
  )
  .map(([type, name, value, preconditions]) => item(type, 'configmaps', configMap(name, String(value)), preconditions));

test('whatever transactions are submitted at the same time, each one is there whole or not at all', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.array(randomItem, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 }),
    async (transactions) => {
      await using cluster = await testMachine();
      const start = (await cluster.logs.LOG.head()).sequence;
      const told: string[][] = [];
      cluster.machine.subscribe(configMaps, cluster.machine.revision(configMaps), {
        onChanges: (changes) => told.push(changes.map((change) => String(change.revision))),
      });
      const outcomes = await Promise.all(transactions.map((items) => cluster.submit(transaction(...items))));
      const commits = (await commitsOf(cluster.logs.LOG)).filter((commit) => commit.sequence > start);
      const written = commits.flatMap((commit) => commit.events);
      const expected = outcomes.reduce((sum, outcome) => sum + changesOf(outcome), 0);
      expect(written).toHaveLength(expected);
      for (const outcome of outcomes) {
        if (isRejection(outcome)) {
          expect(outcome.details?.causes?.length).toBeGreaterThan(0);
          continue;
        }
        const changed = (outcome.items ?? []).filter(({ result }) => result !== 'unchanged');
        if (changed.length === 0) continue;
        const last = written.find((event) => event.revision === outcome.end);
        expect((last?.transactionEnd ?? 0) - (last?.transactionStart ?? 0) + 1).toBe(changed.length);
      }
      expect(told.map((revisions) => revisions.length)).toEqual(commits.map((commit) => commit.events.length));
      await expectSameAfterReplay(cluster);
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

function changesOf(outcome: Awaited<ReturnType<TestMachine['submit']>>): number {
  if (isRejection(outcome)) return 0;
  return (outcome.items ?? []).filter(({ result }) => result !== 'unchanged').length;
}

async function expectSameAfterReplay(cluster: TestMachine): Promise<void> {
  await using again = await testMachine({ logs: cluster.logs, leases: cluster.leases });
  const objects = (machine: TestMachine): readonly KubeObject[] =>
    machine.machine.list(configMaps, undefined).map((object) => object.object());
  expect(objects(again)).toEqual(objects(cluster));
}
