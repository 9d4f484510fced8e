import { expect, test } from 'vitest';
import { revision } from '@taffrail/platform/brand';
import type { KubeObject } from '@taffrail/resources/object';
import type { ResourceName } from './api-client.ts';
import { liveView, type LiveView } from './live-view.ts';
import { virtualClock, type VirtualClock } from './testing/virtual-clock.ts';

const PODS: ResourceName = { group: '', version: 'v1', resource: 'pods' };

function pod(name: string, version: string, more: Readonly<Record<string, unknown>> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: version, ...more },
    spec: { nodeName: `node-of-${name}` },
  };
}

interface Viewing {
  readonly live: LiveView;
  readonly clock: VirtualClock;
  readonly changes: string[];
}

function viewing(part: 'all' | 'metadata' = 'all'): Viewing {
  const clock = virtualClock(1000);
  const index = {
    resource: PODS,
    name: 'node',
    values: (object: KubeObject) => [(object['spec'] as { readonly nodeName: string } | undefined)?.nodeName ?? 'none'],
  };
  const live = liveView([{ resource: PODS, part: () => part }], [index], clock);
  const changes: string[] = [];
  live.onChange(({ object, previous, deleted }) => {
    const verb = deleted ? 'deleted' : previous === undefined ? 'added' : 'changed';
    changes.push(`${verb} ${object.metadata.name}`);
  });
  return { live, clock, changes };
}

function change(live: LiveView, object: KubeObject, at: number, deleted = false): void {
  live.sink.change({ resource: PODS, object, deleted, revision: revision(at), cause: {} });
}

test('a list replaces what is held and tells only what differs', () => {
  const { live, changes } = viewing();
  live.sink.replace(PODS, [pod('a', '1'), pod('b', '2'), pod('c', '3')], revision(3));
  changes.length = 0;
  live.sink.replace(PODS, [pod('a', '1'), pod('b', '5'), pod('d', '6')], revision(6));
  expect(changes).toEqual(['deleted c', 'changed b', 'added d']);
  expect(live.view.list(PODS).map((object) => object.metadata.name)).toEqual(['a', 'b', 'd']);
  expect(live.view.revision(PODS)).toBe(6);
});

test('indexes, owners and lists follow every change', () => {
  const { live } = viewing();
  live.sink.replace(PODS, [], revision(1));
  const owned = { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'owner' }] };
  change(live, pod('b', '2', owned), 2);
  change(live, pod('a', '3'), 3);
  expect(live.view.list(PODS, 'ns').map((object) => object.metadata.name)).toEqual(['a', 'b']);
  expect(live.view.ownedBy(PODS, 'owner').map((object) => object.metadata.name)).toEqual(['b']);
  expect(live.view.indexed(PODS, 'node', 'node-of-a')).toHaveLength(1);
  change(live, pod('b', '4'), 4);
  expect(live.view.ownedBy(PODS, 'owner')).toEqual([]);
  change(live, pod('a', '5'), 5, true);
  expect(live.view.indexed(PODS, 'node', 'node-of-a')).toEqual([]);
  expect(live.view.list(PODS, 'other')).toEqual([]);
});

test('a list handed out does not change afterwards', () => {
  const { live } = viewing();
  live.sink.replace(PODS, [pod('a', '1')], revision(1));
  const before = live.view.list(PODS);
  change(live, pod('b', '2'), 2);
  expect(before).toHaveLength(1);
});

test('managedFields are never kept, and of metadata followers nothing but metadata', () => {
  const { live } = viewing('metadata');
  const managed = { managedFields: [{ manager: 'm' }] };
  live.sink.replace(PODS, [pod('a', '1', managed)], revision(1));
  expect(live.view.get(PODS, 'ns', 'a')).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', namespace: 'ns', uid: 'uid-a', resourceVersion: '1' },
  });
});

test('it is known since when an object is as it is, present or gone', async () => {
  const { live, clock } = viewing();
  live.sink.replace(PODS, [pod('a', '1')], revision(1));
  expect(live.view.sinceMs(PODS, 'ns', 'a')).toBe(1000);
  expect(live.view.sinceMs(PODS, 'ns', 'never-seen')).toBe(1000);
  await clock.advance(500);
  change(live, pod('a', '2'), 2);
  expect(live.view.sinceMs(PODS, 'ns', 'a')).toBe(1500);
  await clock.advance(500);
  change(live, pod('a', '3'), 3, true);
  expect(live.view.sinceMs(PODS, 'ns', 'a')).toBe(2000);
});

test('waiting ends with the change that makes the condition true, or with the signal', async () => {
  const { live } = viewing();
  const reached = live.until(() => live.view.revision(PODS) >= 7, new AbortController().signal);
  live.sink.replace(PODS, [], revision(5));
  live.sink.progress(PODS, revision(7));
  await reached;
  const stop = new AbortController();
  const never = live.until(() => false, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(never).rejects.toThrow('stopped');
});

test('a resource nobody follows cannot be read by mistake', () => {
  const { live } = viewing();
  expect(() => live.view.list({ group: '', version: 'v1', resource: 'nodes' })).toThrow('nobody follows it');
});
