import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EVENTS_PER_COMMIT } from '@taffrail/platform/brand';
import type { CommitLog } from '@taffrail/log/commit-log';
import type { LogEvent } from '@taffrail/log/event';
import { memoryLog } from '@taffrail/log/memory-log';
import { readVerified } from '@taffrail/log/verified-reader';
import { isRejection } from '@taffrail/machinery/rejection';
import type { JsonObject } from '@taffrail/resources/json';
import { keyText } from '@taffrail/resources/object';
import { allResources } from '@taffrail/resources/registry';
import type { Change } from './change.ts';
import { configMap, pod, resourceNamed, testMachine, type TestMachine } from './testing/machine.ts';

/*
 * Random commands, many at a time, over few names: whatever the deciders make of them, these hold.
 * What is checked is read from the log itself, not from the state that made it.
 */

const name = fc.constantFrom('a', 'b');
const namespace = fc.constantFrom('default', 'x');
const kind = fc.constantFrom('configmaps', 'services', 'pods', 'deployments');

type Step = (cluster: TestMachine) => Promise<unknown>;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(kind, name, namespace, fc.nat(3), fc.boolean()).map(
    ([resource, one, where, value, finalizer]): Step =>
      async (cluster) =>
        await cluster.create(resource, objectOf(resource, one, value, finalizer), { namespace: where }),
  ),
  fc.tuple(kind, name, namespace, fc.nat(3)).map(
    ([resource, one, where, value]): Step =>
      async (cluster) =>
        await cluster.update(resource, objectOf(resource, one, value, false), { namespace: where }),
  ),
  fc.tuple(kind, name, namespace, fc.dictionary(fc.constantFrom('l', 'm'), fc.constantFrom('1', '2', null))).map(
    ([resource, one, where, labels]): Step =>
      async (cluster) =>
        await cluster.patch(resource, one, { metadata: { labels } }, { namespace: where }),
  ),
  fc.tuple(kind, name, namespace, fc.constantFrom(undefined, 0, 5), fc.boolean()).map(
    ([resource, one, where, grace, dryRun]): Step =>
      async (cluster) =>
        await cluster.delete(resource, one, {
          namespace: where,
          dryRun,
          delete: grace === undefined ? {} : { gracePeriodSeconds: grace },
        }),
  ),
  fc.tuple(name, namespace).map(
    ([one, where]): Step =>
      async (cluster) =>
        await cluster.create(
          'pods',
          { metadata: { name: one }, target: { name: 'node-1' } },
          { namespace: where, name: one, subresource: 'binding' },
        ),
  ),
  fc.constantFrom('x', 'y').map(
    (one): Step =>
      async (cluster) =>
        await cluster.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: one } }),
  ),
  fc.constantFrom('x', 'y').map(
    (one): Step =>
      async (cluster) =>
        await cluster.delete('namespaces', one),
  ),
);

function objectOf(resource: string, one: string, value: number, finalizer: boolean): JsonObject {
  const metadata: JsonObject = finalizer ? { finalizers: ['example.com/x'] } : {};
  switch (resource) {
    case 'configmaps':
      return configMap(one, String(value), metadata);
    case 'pods':
      return pod(one, {}, metadata);
    case 'services':
      return {
        metadata: { name: one, ...metadata },
        spec: { type: value > 1 ? 'NodePort' : 'ClusterIP', selector: { a: 'b' }, ports: [{ port: 80 + value }] },
      };
    default:
      return {
        metadata: { name: one, ...metadata },
        spec: {
          replicas: value,
          selector: { matchLabels: { a: 'b' } },
          template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
        },
      };
  }
}

async function eventsOf(log: CommitLog): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  const until = (await log.head()).sequence;
  const signal = new AbortController().signal;
  for await (const commit of readVerified(log, { start: { at: 'genesis' }, until, signal }))
    events.push(...commit.events);
  return events;
}

/** Every object's events follow each other, under one uid for a life, and each one changes something. */
function checkLives(events: readonly LogEvent[]): void {
  const last = new Map<string, LogEvent>();
  let revision = 0;
  for (const event of events) {
    expect(event.revision).toBeGreaterThan(revision);
    revision = event.revision;
    const key = keyText(event);
    const before = last.get(key);
    const alive = before !== undefined && before.verb !== 'deleted';
    expect(event.verb === 'created').toBe(!alive);
    expect(event.previousRevision).toBe(alive ? before.revision : 0);
    if (alive) expect(event.uid).toBe(before.uid);
    else if (before !== undefined) expect(event.uid).not.toBe(before.uid);
    if (event.verb === 'updated') expect(Buffer.from(event.object)).not.toEqual(Buffer.from(before!.object));
    last.set(key, event);
  }
}

/** No two Services that live at the same time share an address or a node port, and each address has its IPAddress. */
function checkClaims(events: readonly LogEvent[]): void {
  const live = new Map<string, { readonly address: string; readonly ports: readonly number[] }>();
  const addresses = new Set<string>();
  for (const event of events) {
    if (event.resource === 'ipaddresses') {
      if (event.verb === 'deleted') addresses.delete(event.name);
      else addresses.add(event.name);
    } else if (event.resource === 'services') {
      const { spec } = JSON.parse(Buffer.from(event.object).toString()) as {
        spec: { clusterIP: string; ports: { nodePort?: number }[] };
      };
      const ports = spec.ports.flatMap(({ nodePort }) => (nodePort === undefined ? [] : [nodePort]));
      if (event.verb === 'deleted') live.delete(keyText(event));
      else live.set(keyText(event), { address: spec.clusterIP, ports });
      const all = [...live.values()].flatMap((held) => [held.address, ...held.ports]);
      expect(new Set(all).size).toBe(all.length);
    }
    if (event.revision % EVENTS_PER_COMMIT !== event.transactionEnd) continue;
    expect([...addresses].sort()).toEqual([...live.values()].map(({ address }) => address).sort());
  }
}

function contentsOf(cluster: TestMachine): readonly string[] {
  return allResources().flatMap((definition) =>
    cluster.machine
      .list(definition, undefined)
      .map(
        (object) =>
          `${object.createdRevision} ${JSON.stringify([object.labels, object.fields, object.owners])} ${object.body().toString()}`,
      ),
  );
}

test('random commands keep every invariant, and replaying the log gives the same state byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { maxLength: 15 }), async (groups) => {
      const logs = { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') };
      const watched = new Map<string, Change>();
      await using cluster = await testMachine({ logs });
      const services = resourceNamed('services');
      const start = cluster.machine.revision(services);
      cluster.machine.subscribe(services, start, {
        onChanges: (changes) => {
          for (const change of changes) watched.set(keyText(change.key), change);
        },
      });
      for (const group of groups) {
        await Promise.all(group.map(async (one) => await one(cluster)));
        cluster.clock.advance(700);
      }
      const events = await eventsOf(logs.LOG);
      checkLives(events);
      checkClaims(events);
      for (const [key, change] of watched) {
        const { namespace, name } = change.key;
        const present = cluster.machine.get(services, namespace, name);
        expect(change.verb === 'deleted', key).toBe(present === undefined);
        if (present !== undefined) expect(present.revision).toBe(change.revision);
      }
      await using replayed = await testMachine({ logs });
      expect(contentsOf(replayed)).toEqual(contentsOf(cluster));
      expect(replayed.machine.revision(services)).toBe(cluster.machine.revision(services));
    }),
    { numRuns: 100 },
  );
}, 60_000);

test('the same update twice is one event', async () => {
  await fc.assert(
    fc.asyncProperty(kind, name, fc.nat(3), async (resource, one, value) => {
      await using cluster = await testMachine();
      await cluster.create(resource, objectOf(resource, one, 1, false));
      const first = await cluster.update(resource, objectOf(resource, one, value, false));
      const second = await cluster.update(resource, objectOf(resource, one, value, false));
      if (isRejection(first) || isRejection(second)) {
        expect(isRejection(first)).toBe(isRejection(second));
        return;
      }
      expect(second.object.revision).toBe(first.object.revision);
    }),
    { numRuns: 30 },
  );
});
