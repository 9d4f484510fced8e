import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EVENTS_PER_COMMIT } from '@taffrail/platform/brand';
import { memoryLatestLog } from '@taffrail/log/memory-latest-log';
import { memoryLog } from '@taffrail/log/memory-log';
import type { CommitLog } from '@taffrail/log/commit-log';
import type { LogEvent } from '@taffrail/log/event';
import { readVerified } from '@taffrail/log/verified-reader';
import { isRejection } from '@taffrail/machinery/rejection';
import type { JsonObject } from '@taffrail/resources/json';
import { keyText, type KubeObject } from '@taffrail/resources/object';
import type { TransactionItem } from '../../command.ts';
import { accepted, configMap, pod, resourceNamed, testMachine, type TestMachine } from '../../testing/machine.ts';

/*
 * Two servers write to one log whatever comes to them: creations, changes, deletions, transactions, many in one commit.
 * Then the log is read, and the live objects are counted by a small model after every transaction.
 */

const HARD = { configmaps: '3', pods: '3', 'requests.cpu': '500m', 'count/pods': '4' };

type Step = (server: TestMachine) => Promise<unknown>;

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const cpu = fc.constantFrom('100m', '200m', '300m');

function asking(amount: string): JsonObject {
  return {
    containers: [{ name: 'c', image: 'app:v1', resources: { requests: { cpu: amount }, limits: { cpu: '300m' } } }],
  };
}

function create(resource: string, object: JsonObject): TransactionItem {
  const definition = resourceNamed(resource);
  const target = { definition, namespace: 'default', name: '', subresource: '' };
  return { command: { type: 'create', target, object: object as KubeObject }, preconditions: {} };
}

const step: fc.Arbitrary<Step> = fc.oneof(
  name.map(
    (one): Step =>
      async (server) =>
        await server.create('configmaps', configMap(one)),
  ),
  fc.tuple(name, cpu).map(
    ([one, amount]): Step =>
      async (server) =>
        await server.create('pods', pod(one, asking(amount))),
  ),
  fc.tuple(name, fc.constantFrom('Succeeded', 'Failed')).map(
    ([one, phase]): Step =>
      async (server) =>
        await server.patch('pods', one, { status: { phase } }, { subresource: 'status' }),
  ),
  fc.tuple(fc.constantFrom('configmaps', 'pods'), name).map(
    ([resource, one]): Step =>
      async (server) =>
        await server.delete(resource, one),
  ),
  fc.array(fc.tuple(name, cpu), { minLength: 1, maxLength: 3 }).map(
    (pods): Step =>
      async (server) =>
        await server.submit({
          type: 'transaction',
          items: pods.flatMap(([one, amount]) => [
            create('pods', pod(one, asking(amount))),
            create('configmaps', configMap(one)),
          ]),
        }),
  ),
  fc.constant<Step>(
    async (server) =>
      await server.submit({
        type: 'delete-collection',
        target: { definition: resourceNamed('pods'), namespace: 'default', name: '', subresource: '' },
        selection: { labels: [], fields: [] },
        options: {},
      }),
  ),
);

async function eventsOf(log: CommitLog): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  const until = (await log.head()).sequence;
  const signal = new AbortController().signal;
  for await (const commit of readVerified(log, { start: { at: 'genesis' }, until, signal }))
    events.push(...commit.events);
  return events;
}

/** What a quota should say of these objects, counted the simple way. */
function counted(live: Iterable<LogEvent>): Record<string, number> {
  const sums = { configmaps: 0, pods: 0, cpu: 0, all: 0 };
  for (const event of live) {
    if (event.namespace !== 'default') continue;
    if (event.resource === 'configmaps') sums.configmaps++;
    if (event.resource !== 'pods') continue;
    sums.all++;
    const object = JSON.parse(Buffer.from(event.object).toString()) as {
      status: { phase: string };
      spec: { containers: readonly { resources: { requests: { cpu: string } } }[] };
    };
    if (object.status.phase !== 'Pending') continue;
    sums.pods++;
    for (const { resources } of object.spec.containers) sums.cpu += Number.parseInt(resources.requests.cpu, 10);
  }
  return sums;
}

test('after every transaction, used is what the live objects come to and never beyond the limits', async () => {
  let refusals = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { maxLength: 8 }), async (groups) => {
      const logs = { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') };
      const leases = memoryLatestLog('LEASES', 1);
      await using one = await testMachine({ logs, leases, soleWriter: false });
      await using other = await testMachine({ logs, leases, soleWriter: false });
      const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard: HARD } };
      accepted(await one.create('resourcequotas', quota));
      accepted(await one.patch('resourcequotas', 'q', { status: { hard: HARD } }, { subresource: 'status' }));
      for (const group of groups) {
        const outcomes = await Promise.all(group.map(async (act, index) => await act(index % 2 === 0 ? one : other)));
        refusals += outcomes.filter(
          (outcome) => isRejection(outcome) && outcome.message.includes('exceeded quota'),
        ).length;
      }

      const live = new Map<string, LogEvent>();
      const events = await eventsOf(logs.LOG);
      for (const [index, event] of events.entries()) {
        if (event.verb === 'deleted') live.delete(keyText(event));
        else live.set(keyText(event), event);
        const isInside = isSameTransaction(event, events[index + 1]);
        const kept = live.get('/resourcequotas/default/q');
        if (isInside || kept === undefined) continue;
        const { status } = JSON.parse(Buffer.from(kept.object).toString()) as { status: { used?: object } };
        if (status.used === undefined) continue;
        const sums = counted(live.values());
        expect(status.used).toEqual({
          configmaps: String(sums['configmaps']),
          pods: String(sums['pods']),
          'requests.cpu': sums['cpu'] === 0 ? '0' : `${sums['cpu']}m`,
          'count/pods': String(sums['all']),
        });
        expect(sums['configmaps']).toBeLessThanOrEqual(3);
        expect(sums['pods']).toBeLessThanOrEqual(3);
        expect(sums['cpu']).toBeLessThanOrEqual(500);
        expect(sums['all']).toBeLessThanOrEqual(4);
      }
    }),
    { numRuns: 100 },
  );
  expect(refusals).toBeGreaterThan(0);
}, 60_000);

function isSameTransaction(event: LogEvent, next: LogEvent | undefined): boolean {
  const commitOf = ({ revision }: LogEvent): number => Math.floor(revision / EVENTS_PER_COMMIT);
  return next?.transactionStart === event.transactionStart && commitOf(next) === commitOf(event);
}
