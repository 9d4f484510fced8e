import { expect, test } from 'vitest';
import { ApiFailure } from '@taffrail/controller/api-client';
import { memoryApi, type MemoryApi } from '@taffrail/controller/testing/memory-api';
import { virtualClock, type VirtualClock } from '@taffrail/controller/testing/virtual-clock';
import { watchSource } from '@taffrail/controller/watch-source';
import { silentLogger as logger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import type { Pod } from '@taffrail/resources/generated/types';
import { PODS } from './bind.ts';
import { node, object, pod, type GivenPod } from './given-fixture.ts';
import { NODES } from './node-cache.ts';
import { runScheduler } from './run-scheduler.ts';

interface Running extends AsyncDisposable {
  readonly api: MemoryApi;
  readonly clock: VirtualClock;
  add(given: GivenPod): void;
  nodeOf(name: string): string | undefined;
  conditionOf(name: string): string | undefined;
  events(): readonly string[];
}

async function running(): Promise<Running> {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const api = memoryApi(clock);
  const random = seededRandom(5);
  const stop = new AbortController();
  const ended = runScheduler(
    {
      client: api,
      clock,
      random,
      logger,
      sources: (resources) =>
        resources.map((resource) => watchSource({ client: api, resource, clock, random, logger })),
    },
    stop.signal,
  );
  await clock.advance(1);
  const find = (name: string): Pod | undefined => api.find<Pod>(PODS, 'ns', name);
  return {
    api,
    clock,
    add: (given) => void api.put(object(pod(given))),
    nodeOf: (name) => find(name)?.spec?.nodeName,
    conditionOf(name) {
      const condition = find(name)?.status?.conditions?.find((one) => one.type === 'PodScheduled');
      return condition === undefined ? undefined : `${condition.status} ${condition.reason}: ${condition.message}`;
    },
    events: () =>
      api
        .all<{ readonly reason: string; readonly message: string }>({ group: '', version: 'v1', resource: 'events' })
        .map((event) => `${event.reason}: ${event.message}`),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('test over'));
      await ended;
    },
  };
}

test('a pod is bound, with the revision that made it pending as the cause, and an event says so', async () => {
  await using cluster = await running();
  cluster.api.put(object(node({ name: 'a' })));
  cluster.add({ name: 'p' });
  await cluster.clock.advance(10);
  expect(cluster.nodeOf('p')).toBe('a');
  expect(cluster.events()).toEqual(['Scheduled: Successfully assigned ns/p to a']);
  const [binding] = cluster.api.writes;
  expect(binding).toMatchObject({ resource: 'pods', subresource: 'binding' });
  expect(binding?.cause?.revision).toBeGreaterThan(0);
});

test('a pod without a place says why and is placed as soon as a node could take it', async () => {
  await using cluster = await running();
  cluster.api.put(object(node({ name: 'a', cpu: '1' })));
  cluster.add({ name: 'p', cpu: '2' });
  await cluster.clock.advance(10);
  const message = '0/1 nodes are available: 1 Insufficient cpu.';
  expect(cluster.conditionOf('p')).toBe(`False Unschedulable: ${message}`);
  expect(cluster.events()).toEqual([`FailedScheduling: ${message}`]);
  // Nothing changes: nothing is tried.
  const writes = cluster.api.writes.length;
  await cluster.clock.advance(120_000);
  expect(cluster.api.writes.length).toBe(writes);
  cluster.api.put(object(node({ name: 'b', cpu: '4' })));
  await cluster.clock.advance(10);
  expect(cluster.nodeOf('p')).toBe('b');
});

test('a pod waits for room and takes it when another ends', async () => {
  await using cluster = await running();
  cluster.api.put(object(node({ name: 'a', cpu: '1' })));
  cluster.add({ name: 'first', cpu: '1' });
  await cluster.clock.advance(10);
  cluster.add({ name: 'second', cpu: '1' });
  await cluster.clock.advance(5000);
  expect(cluster.nodeOf('second')).toBeUndefined();
  cluster.api.remove(PODS, 'ns', 'first');
  await cluster.clock.advance(10);
  expect(cluster.nodeOf('second')).toBe('a');
});

test('pods decided on before the log shows their bindings still count: a node is never given more than it has', async () => {
  await using cluster = await running();
  cluster.api.put(object(node({ name: 'a', cpu: '2' })));
  await cluster.clock.advance(10);
  for (let index = 0; index < 5; index++) cluster.add({ name: `p${index}`, cpu: '1' });
  await cluster.clock.advance(1);
  cluster.api.held = true;
  await cluster.clock.advance(60_000);
  const bound = cluster.api.all<Pod>(PODS).filter((one) => one.spec?.nodeName === 'a');
  expect(bound).toHaveLength(2);
});

test('of waiting pods the one with the highest priority is placed first', async () => {
  await using cluster = await running();
  cluster.add({ name: 'low', cpu: '1' });
  cluster.add({ name: 'high', cpu: '1', spec: { priority: 10 } });
  await cluster.clock.advance(20_000);
  cluster.api.put(object(node({ name: 'a', cpu: '1' })));
  await cluster.clock.advance(10);
  expect([cluster.nodeOf('low'), cluster.nodeOf('high')]).toEqual([undefined, 'a']);
});

test('a binding that failed is tried again after a while and its room is not lost', async () => {
  await using cluster = await running();
  cluster.api.put(object(node({ name: 'a', cpu: '1' })));
  await cluster.clock.advance(10);
  let failures = 2;
  cluster.api.onWrite = (write) => {
    if (write.subresource !== 'binding' || failures === 0) return;
    failures -= 1;
    throw new ApiFailure(500, 'InternalError', 'no');
  };
  cluster.add({ name: 'p', cpu: '1' });
  await cluster.clock.advance(500);
  expect(cluster.nodeOf('p')).toBeUndefined();
  await cluster.clock.advance(10_000);
  expect(cluster.nodeOf('p')).toBe('a');
});

test('a pod that has come to its end is left alone, and its room is free', async () => {
  await using cluster = await running();
  cluster.api.put(object(node({ name: 'a', cpu: '1' })));
  const done = pod({ name: 'done', cpu: '1', node: 'a' });
  cluster.api.put(object(done));
  await cluster.clock.advance(10);
  cluster.api.put(object({ ...done, status: { phase: 'Succeeded' } }));
  await cluster.clock.advance(60_000);
  expect(cluster.api.writes).toEqual([]);
  cluster.add({ name: 'next', cpu: '1' });
  await cluster.clock.advance(10);
  expect(cluster.nodeOf('next')).toBe('a');
});

test('a pod of higher priority makes others go, is promised their room and takes it, whoever else waits', async () => {
  await using cluster = await running();
  cluster.api.put(object(node({ name: 'a', cpu: '1' })));
  cluster.add({ name: 'low', cpu: '1', spec: { priority: 1 } });
  await cluster.clock.advance(10);
  expect(cluster.nodeOf('low')).toBe('a');
  cluster.add({ name: 'high', cpu: '1', spec: { priority: 10 } });
  await cluster.clock.advance(10);
  const find = (name: string): Pod | undefined => cluster.api.find<Pod>(PODS, 'ns', name);
  const victim = find('low');
  expect(victim?.metadata.deletionTimestamp).toBeDefined();
  expect(victim?.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }),
  );
  expect(find('high')?.status?.nominatedNodeName).toBe('a');
  expect(cluster.events()).toContain('Preempted: Preempted by pod uid-high on node a');
  cluster.add({ name: 'middle', cpu: '1', spec: { priority: 5 } });
  await cluster.clock.advance(20_000);
  expect(cluster.api.writes.filter(({ verb }) => verb === 'delete')).toHaveLength(1);
  cluster.api.remove(PODS, 'ns', 'low');
  await cluster.clock.advance(20_000);
  expect([cluster.nodeOf('high'), cluster.nodeOf('middle')]).toEqual(['a', undefined]);
});

test('pods of other schedulers, gated and ending pods are left alone', async () => {
  await using cluster = await running();
  cluster.api.put(object(node({ name: 'a' })));
  cluster.add({ name: 'other', spec: { schedulerName: 'mine' } });
  cluster.add({ name: 'gated', spec: { schedulingGates: [{ name: 'wait' }] } });
  const ending = pod({ name: 'ending' });
  cluster.api.put(object({ ...ending, metadata: { ...ending.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }));
  await cluster.clock.advance(1000);
  expect(cluster.api.writes).toEqual([]);
});

test('a heartbeat of a node does not make parked pods try again, new labels do', async () => {
  await using cluster = await running();
  const a = node({ name: 'a' });
  cluster.api.put(object(a));
  cluster.add({ name: 'p', spec: { nodeSelector: { disk: 'ssd' } } });
  await cluster.clock.advance(20_000);
  const writes = cluster.api.writes.length;
  const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T00:01:00Z' }];
  cluster.api.put(object({ ...a, status: { ...a.status, conditions } }));
  await cluster.clock.advance(20_000);
  expect(cluster.api.writes.length).toBe(writes);
  cluster.api.put(object({ ...a, metadata: { ...a.metadata, labels: { disk: 'ssd' } } }));
  await cluster.clock.advance(10);
  expect(cluster.nodeOf('p')).toBe('a');
  expect(cluster.api.all(NODES)).toHaveLength(1);
});
