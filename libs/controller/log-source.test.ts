import { expect, test } from 'vitest';
import { revision, revisionOf, sequence, uid } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { silentLogger as logger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import type { Commit } from '@taffrail/log/commit';
import { encodeObject } from '@taffrail/log/object-bytes';
import type { LogEvent } from '@taffrail/log/event';
import type { KubeObject } from '@taffrail/resources/object';
import type { ApiClient, ResourceName } from './api-client.ts';
import { logSource, type FollowLog, type FollowStart } from './log-source.ts';
import type { SourceSink } from './source.ts';
import { virtualClock } from './testing/virtual-clock.ts';

const PODS: ResourceName = { group: '', version: 'v1', resource: 'pods' };
const NODES: ResourceName = { group: '', version: 'v1', resource: 'nodes' };

interface GivenEvent {
  readonly resource: string;
  readonly name: string;
  readonly verb?: LogEvent['verb'];
}

function commit(at: number, events: readonly GivenEvent[]): Commit {
  return {
    format: 1,
    sequence: sequence(at),
    previousHash: '',
    timeMs: at,
    hash: `hash-${at}`,
    payload: new Uint8Array(),
    events: events.map(({ resource, name, verb = 'created' }, index): LogEvent => ({
      verb,
      group: '',
      version: 'v1',
      resource,
      namespace: 'ns',
      name,
      uid: uid(name),
      previousRevision: revision(0),
      object: encodeObject({ kind: 'Thing', apiVersion: 'v1', metadata: { name, namespace: 'ns' } }),
      actor: { user: 'u', groups: [], userAgent: '', address: '', fieldManager: '' },
      cause: { correlation: `correlation-${name}`, traceparent: '' },
      request: { verb: 'create', subresource: '' },
      transactionStart: 0,
      transactionEnd: 0,
      revision: revisionOf(sequence(at), index),
      timeMs: at,
    })),
  };
}

/** A client that lists nothing but revisions: the end of each resource's list. */
function listing(revisions: Readonly<Record<string, number>>): ApiClient {
  const list = async (resource: ResourceName) => ({ revision: revision(revisions[resource.resource] ?? 0), items: [] });
  return { list } as unknown as ApiClient;
}

function recording(): { readonly sink: SourceSink; readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    sink: {
      replace: (resource, objects, at) => void lines.push(`list ${resource.resource} ${objects.length} at ${at}`),
      change: ({ resource, deleted, object, revision: at, cause }) =>
        void lines.push(
          `${deleted ? 'gone' : 'put'} ${resource.resource}/${object.metadata.name} at ${at} ` +
            `version ${object.metadata.resourceVersion} ${cause.correlation}`,
        ),
      progress: (resource, at) => void lines.push(`${resource.resource} up to ${at}`),
    },
  };
}

/** A log that has nothing more to tell. */
function forever(signal: AbortSignal): AsyncIterable<never> {
  const next = (): Promise<never> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

async function lines(
  lists: Readonly<Record<string, number>>,
  follow: FollowLog,
  resources: readonly ResourceName[] = [PODS, NODES],
): Promise<readonly string[]> {
  const clock = virtualClock();
  const stop = new AbortController();
  const recorded = recording();
  const client = listing(lists);
  const random = seededRandom(1);
  const running = logSource({ client, follow, resources, clock, random, logger }).run(recorded.sink, stop.signal);
  await clock.advance(1000);
  stop.abort(new Error('enough'));
  await running;
  return recorded.lines;
}

test('events are folded in order, each only when it is newer than the list of its resource', async () => {
  const starts: FollowStart[] = [];
  const follow: FollowLog = async function* follow(start, signal) {
    starts.push(start);
    yield commit(2, [
      { resource: 'pods', name: 'in-both-lists' },
      { resource: 'nodes', name: 'new-for-nodes' },
    ]);
    yield commit(3, [
      { resource: 'configmaps', name: 'nobody-follows' },
      { resource: 'pods', name: 'a' },
      { resource: 'pods', name: 'b', verb: 'deleted' },
    ]);
    yield* forever(signal);
  };
  // Pods were listed at the end of commit 2 (2049), nodes in the middle of it (2048).
  expect(await lines({ pods: 2049, nodes: 2048 }, follow)).toEqual([
    'list pods 0 at 2049',
    'list nodes 0 at 2048',
    'put nodes/new-for-nodes at 2049 version 2049 correlation-new-for-nodes',
    'nodes up to 2049',
    'put pods/a at 3073 version 3073 correlation-a',
    'gone pods/b at 3074 version 3074 correlation-b',
    'pods up to 3074',
    'nodes up to 3074',
  ]);
  expect(starts).toEqual([{ at: 'first', sequence: 2 }]);
});

test('after the log was away following goes on behind the last commit, whose hash is checked again', async () => {
  const starts: FollowStart[] = [];
  const follow: FollowLog = async function* follow(start, signal) {
    starts.push(start);
    if (starts.length === 1) {
      yield commit(2, [{ resource: 'pods', name: 'a' }]);
      throw new OperatingError('unavailable', 'away');
    }
    yield commit(3, [{ resource: 'pods', name: 'b' }]);
    yield* forever(signal);
  };
  const seen = await lines({ pods: 1024 }, follow, [PODS]);
  expect(seen.filter((line) => line.startsWith('put'))).toHaveLength(2);
  expect(starts[1]).toEqual({ at: 'after', sequence: 2, hash: 'hash-2', timeMs: 2 });
});

test('a gap in the log ends the source: nothing behind it may be believed', async () => {
  const clock = virtualClock();
  const follow: FollowLog = async function* follow() {
    yield commit(2, []);
    throw new OperatingError('log-gap', 'commit 3 is missing');
  };
  const source = logSource({
    client: listing({ pods: 1024 }),
    follow,
    resources: [PODS],
    clock,
    random: seededRandom(1),
    logger,
  });
  await expect(source.run(recording().sink, new AbortController().signal)).rejects.toMatchObject({ code: 'log-gap' });
});

test('objects carry their resourceVersion whatever the log stores', async () => {
  const objects: KubeObject[] = [];
  const clock = virtualClock();
  const stop = new AbortController();
  const follow: FollowLog = async function* follow(_start, signal) {
    yield commit(5, [{ resource: 'pods', name: 'a' }]);
    yield* forever(signal);
  };
  const sink: SourceSink = { ...recording().sink, change: ({ object }) => void objects.push(object) };
  const random = seededRandom(1);
  const client = listing({ pods: 1024 });
  const running = logSource({ client, follow, resources: [PODS], clock, random, logger }).run(sink, stop.signal);
  await clock.advance(10);
  stop.abort(new Error('enough'));
  await running;
  expect(objects).toEqual([
    { kind: 'Thing', apiVersion: 'v1', metadata: { resourceVersion: '5120', name: 'a', namespace: 'ns' } },
  ]);
});
