import { describe, expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import { seededRandom } from '@taffrail/platform/random';
import { OperatingError } from '@taffrail/platform/failure';
import { ensureGenesis } from '@taffrail/log/genesis';
import { memoryLatestLog } from '@taffrail/log/memory-latest-log';
import { memoryLog } from '@taffrail/log/memory-log';
import { readVerified } from '@taffrail/log/verified-reader';
import type { WindowLog } from '@taffrail/log/window-log';
import type { JsonObject } from '@taffrail/resources/json';
import { allResources } from '@taffrail/resources/registry';
import type { InitialState } from './load-space.ts';
import { faultyLog } from './testing/faulty-log.ts';
import { accepted, configMap, refused, resourceNamed, testMachine, type TestMachine } from './testing/machine.ts';

const configMaps = resourceNamed('configmaps');
const events = resourceNamed('events');

const kubeEvent = (name: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name },
  involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
  reason: 'Started',
  type: 'Normal',
});

/** What a read model would hand over: the live objects at the log's head. */
async function projected(cluster: TestMachine, log: WindowLog): Promise<InitialState> {
  const head = (await log.head()).sequence;
  let position: InitialState['position'];
  const signal = new AbortController().signal;
  for await (const commit of readVerified(log, { start: { at: 'genesis' }, until: head, signal })) position = commit;
  const objects = allResources()
    .filter((definition) => definition.storage === 'forever')
    .flatMap((definition) => cluster.machine.list(definition, undefined));
  return {
    position,
    batches: (async function* () {
      yield objects;
    })(),
  };
}

describe('opening again', () => {
  test('on the read model and the tail gives what was there, and recent changes can still be watched', async () => {
    const logs = { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') };
    await using first = await testMachine({ logs });
    accepted(await first.create('configmaps', configMap('projected')));
    const initial = await projected(first, logs.LOG);
    const before = first.machine.revision(configMaps);
    accepted(await first.create('configmaps', configMap('tail')));
    await using second = await testMachine({ logs, initial: { LOG: initial } });
    for (const name of ['projected', 'tail']) {
      expect(second.get('configmaps', name)).toEqual(first.get('configmaps', name));
    }
    expect(second.machine.revision(configMaps)).toBe(first.machine.revision(configMaps));
    const seen: string[] = [];
    second.machine.subscribe(configMaps, before, {
      onChanges: (changes) => seen.push(...changes.map((c) => c.key.name)),
    });
    expect(seen).toEqual(['tail']);
    expect(
      second.machine.subscribe(configMaps, sequence(1_024) as never, { onChanges: () => undefined }),
    ).toBeUndefined();
  });

  test('a log that ends before what was projected is refused', async () => {
    const logs = { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') };
    await using first = await testMachine({ logs });
    const initial = await projected(first, logs.LOG);
    const emptied = { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') };
    await expect(testMachine({ logs: emptied, initial: { LOG: initial } })).rejects.toMatchObject({
      code: 'log-behind',
    });
  });

  test('a log of another history is refused', async () => {
    const one = { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') };
    const other = { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') };
    await using first = await testMachine({ logs: one });
    await using second = await testMachine({ logs: other, random: seededRandom(9) });
    expect(second.get('configmaps', 'a')).toBeUndefined();
    const initial = await projected(first, one.LOG);
    await expect(testMachine({ logs: other, initial: { LOG: initial } })).rejects.toMatchObject({
      code: 'log-corrupt',
    });
  });

  test('that fails half way leaves nothing running, and can be tried again', async () => {
    const log = faultyLog(memoryLog('LOG'));
    const logs = { LOG: log, EVENTS: memoryLog('EVENTS') };
    await ensureGenesis(log, { incarnation: 'x', nowMs: 0 });
    log.failNext(new OperatingError('unavailable', 'not now'));
    await expect(testMachine({ logs })).rejects.toMatchObject({ code: 'unavailable' });
    expect(log.readers).toBe(0);
    await using cluster = await testMachine({ logs });
    expect(cluster.get('services', 'kubernetes')).toBeDefined();
  });

  test('writes nothing when everything is there', async () => {
    const logs = { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') };
    await using first = await testMachine({ logs });
    const head = await logs.LOG.head();
    await using second = await testMachine({ logs });
    expect(await logs.LOG.head()).toEqual(head);
    expect(second.machine.revision(configMaps)).toBe(first.machine.revision(configMaps));
  });
});

test('no list ever has revision 0', async () => {
  await using cluster = await testMachine();
  for (const definition of allResources()) expect(cluster.machine.revision(definition)).toBeGreaterThan(0);
});

test('waiting for a revision that does not come ends with a timeout', async () => {
  await using cluster = await testMachine();
  const waiting = cluster.machine.waitFor(configMaps, (cluster.machine.revision(configMaps) + 10_000) as never);
  cluster.clock.advance(10_000);
  await expect(waiting).rejects.toMatchObject({ code: 'timeout' });
});

describe('the window of events', () => {
  test('has its own revisions; a missing namespace is still refused', async () => {
    await using cluster = await testMachine();
    const before = cluster.machine.revision(configMaps);
    const made = accepted(await cluster.create('events', kubeEvent('e')));
    expect(cluster.machine.revision(configMaps)).toBe(before);
    expect(cluster.machine.revision(events)).toBe(made.object.revision);
    expect(refused(await cluster.create('events', kubeEvent('e'), { namespace: 'nope' })).code).toBe(404);
  });
  test('expires what is older than a time, as deletions, and keeps what changed since', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('events', kubeEvent('old')));
    accepted(await cluster.create('events', kubeEvent('touched')));
    cluster.clock.advance(60_000);
    accepted(await cluster.patch('events', 'touched', { count: 2 }));
    const deleted: string[] = [];
    cluster.machine.subscribe(events, cluster.machine.revision(events), {
      onChanges: (changes) => deleted.push(...changes.map((change) => `${change.verb} ${change.key.name}`)),
    });
    expect(await cluster.machine.expireWindow(cluster.clock.nowMs())).toBe(1);
    expect(deleted).toEqual(['deleted old']);
    expect(cluster.get('events', 'old')).toBeUndefined();
    expect(cluster.get('events', 'touched')).toBeDefined();
  });
  test('opens after its beginning was cut off', async () => {
    const logs = { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') };
    await using first = await testMachine({ logs });
    accepted(await first.create('events', kubeEvent('gone')));
    accepted(await first.create('events', kubeEvent('kept')));
    await logs.EVENTS.trim(sequence(3));
    await using second = await testMachine({ logs });
    expect(second.get('events', 'gone')).toBeUndefined();
    expect(second.get('events', 'kept')).toEqual(first.get('events', 'kept'));
    accepted(await second.patch('events', 'kept', { count: 2 }));
  });
});

describe('leases', () => {
  const lease = (name: string, holder: string, metadata: JsonObject = {}): JsonObject => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, ...metadata },
    spec: { holderIdentity: holder, leaseDurationSeconds: 40 },
  });
  const leases = resourceNamed('leases');

  test('are created, updated under their version, watched and deleted', async () => {
    await using cluster = await testMachine();
    const seen: string[] = [];
    cluster.machine.subscribe(leases, cluster.machine.revision(leases), {
      onChanges: (changes) => seen.push(...changes.map((change) => change.verb)),
    });
    const made = accepted(await cluster.create('leases', lease('a', 'one')));
    expect(cluster.get('leases', 'a')).toEqual(made.object.object());
    expect(refused(await cluster.create('leases', lease('a', 'two'))).code).toBe(409);
    expect(refused(await cluster.update('leases', lease('a', 'two')))).toMatchObject({ code: 422 });
    const resourceVersion = String(made.object.revision);
    const taken = accepted(await cluster.update('leases', lease('a', 'two', { resourceVersion })));
    expect(refused(await cluster.update('leases', lease('a', 'three', { resourceVersion }))).code).toBe(409);
    expect(taken.object.revision).toBeGreaterThan(made.object.revision);
    accepted(await cluster.delete('leases', 'a'));
    accepted(await cluster.create('leases', lease('a', 'four')));
    expect(seen).toEqual(['created', 'updated', 'deleted', 'created']);
  });

  test('of two contenders under one version exactly one wins, on any server', async () => {
    const shared = {
      logs: { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') },
      leases: memoryLatestLog('LEASES', Date.UTC(2026, 0, 1)),
    };
    await using one = await testMachine(shared);
    await using other = await testMachine({ ...shared, random: seededRandom(2) });
    const made = accepted(await one.create('leases', lease('a', 'nobody')));
    await other.machine.waitFor(leases, made.object.revision);
    const resourceVersion = String(made.object.revision);
    const outcomes = await Promise.all(
      [one, other].flatMap((cluster, server) =>
        [1, 2].map(
          async (index) => await cluster.update('leases', lease('a', `${server}-${index}`, { resourceVersion })),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => !('code' in outcome))).toHaveLength(1);
  });

  test('survive a restart, and a collection of them is deleted', async () => {
    const shared = {
      logs: { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') },
      leases: memoryLatestLog('LEASES', Date.UTC(2026, 0, 1)),
    };
    await using first = await testMachine(shared);
    for (const name of ['a', 'b', 'c']) accepted(await first.create('leases', lease(name, 'x')));
    accepted(await first.delete('leases', 'b'));
    await using second = await testMachine(shared);
    expect(second.machine.list(leases, 'default').map((object) => object.key.name)).toEqual(['a', 'c']);
    expect(second.machine.revision(leases)).toBe(first.machine.revision(leases));
    accepted(await second.create('leases', lease('b', 'again')));
    const target = { definition: leases, namespace: 'default', name: '', subresource: '' };
    const selection = { labels: [], fields: [] };
    const outcome = accepted(await second.submit({ type: 'delete-collection', target, selection, options: {} }));
    expect(outcome.objects).toHaveLength(3);
    expect(second.machine.list(leases, undefined)).toEqual([]);
  });
});
