import { describe, expect, test } from 'vitest';
import { revision, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { parseLabelSelector } from '@taffrail/machinery/label-selector';
import { isRejection } from '@taffrail/machinery/rejection';
import type { Selection } from '@taffrail/state/selection';
import { objectEncoding } from '../encoding/object-encoding.ts';
import { tableEncoding } from '../encoding/table-encoding.ts';
import type { Encoding } from '../encoding/encoding.ts';
import { FakeExchange, type FakeStream } from '../testing/fake-exchange.ts';
import { manualClock, type ManualClock } from '../testing/manual-clock.ts';
import { change, configMaps, storedConfigMap } from '../testing/objects.ts';
import type { Change } from '@taffrail/state/state-machine';
import { SharedEvents, tellingOf } from './watch-events.ts';
import { WatchGroup } from './watch-group.ts';
import { Watcher } from './watcher.ts';

interface Setup {
  readonly watcher: Watcher;
  readonly exchange: FakeExchange;
  readonly stream: FakeStream;
  readonly clock: ManualClock;
  readonly cutOff: number[];
  readonly head: { revision: Revision };
  readonly group: WatchGroup;
  /** Tells the watch of a commit, as its own subscription or its group would. */
  commit(changes: readonly Change[]): void;
}

function selecting(labels: string): Selection {
  const parsed = parseLabelSelector(labels);
  if (isRejection(parsed)) throw new Error(parsed.message);
  return { labels: parsed, fields: [] };
}

function open(
  options: {
    labels?: string;
    bookmarks?: boolean;
    encoding?: Encoding;
    shared?: SharedEvents;
    namespace?: string;
    nextTurn?: (task: () => void) => void;
  } = {},
): Setup {
  const exchange = new FakeExchange({ url: '/' });
  const stream = exchange.stream(200, {}) as FakeStream;
  const clock = manualClock();
  const cutOff: number[] = [];
  const head = { revision: revision(1024) };
  const { encoding = objectEncoding(configMaps()), shared = new SharedEvents(), nextTurn = (task) => task() } = options;
  const selection = selecting(options.labels ?? '');
  const telling = (changes: readonly Change[]): ReturnType<typeof tellingOf> =>
    tellingOf(shared, encoding, changes, selection, options.namespace);
  const group = new WatchGroup({ tellingOf: telling, nextTurn, onEmpty: () => undefined });
  const watcher = new Watcher(
    {
      stream,
      encoding,
      tellingOf: telling,
      join: (member) => group.join(member),
      clock,
      bookmarks: options.bookmarks ?? false,
      progress: (live) => (live ? head.revision : undefined),
      onCutOff: (bytes) => cutOff.push(bytes),
      onEnd: () => undefined,
    },
    revision(1024),
  );
  const commit = (changes: readonly Change[]): void => {
    watcher.onChanges(changes);
    group.onChanges(changes);
  };
  return { watcher, exchange, stream, clock, cutOff, head, group, commit };
}

const a1 = storedConfigMap('a', 2048, { app: 'x' });
const a2 = storedConfigMap('a', 3072, { app: 'y' });
const a3 = storedConfigMap('a', 4096, { app: 'x' });
const a4 = storedConfigMap('a', 5120, { app: 'x' });

describe('a watcher', () => {
  test('is told what happened, with the object at the revision of the change', () => {
    const { watcher, commit, exchange } = open();
    void watcher.goLive();
    commit([change('created', a1)]);
    commit([change('updated', a2, a1), change('deleted', a3, a2)]);
    expect(exchange.events.map((event) => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    expect(exchange.events[1]?.object).toEqual(a2.object());
  });

  test('of a selector sees objects come and go as they match', () => {
    const { watcher, commit, exchange } = open({ labels: 'app=x' });
    void watcher.goLive();
    commit([change('created', a1), change('updated', a2, a1), change('updated', a3, a2)]);
    commit([change('deleted', a4, a3)]);
    expect(exchange.events.map(({ type, object }) => [type, object['metadata']])).toEqual([
      ['ADDED', expect.objectContaining({ resourceVersion: '2048' })],
      // As it last matched, at the revision at which it ceased to.
      ['DELETED', expect.objectContaining({ resourceVersion: '3072', labels: { app: 'x' } })],
      ['ADDED', expect.objectContaining({ resourceVersion: '4096' })],
      ['DELETED', expect.objectContaining({ resourceVersion: '5120' })],
    ]);
  });

  test('hears nothing of other namespaces or of what never matched', () => {
    const elsewhere = open({ namespace: 'other' });
    void elsewhere.watcher.goLive();
    elsewhere.commit([change('created', a1)]);
    expect(elsewhere.exchange.text).toBe('');
    const unmatched = open({ labels: 'app=z' });
    void unmatched.watcher.goLive();
    unmatched.commit([change('created', a1), change('updated', a2, a1), change('deleted', a3, a2)]);
    expect(unmatched.exchange.text).toBe('');
  });

  test('gets live changes after the initial objects, in order', async () => {
    const { watcher, commit, exchange } = open();
    commit([change('updated', a3, a2)]);
    await watcher.write('ADDED', [a2]);
    watcher.endInitialEvents(revision(3072));
    await watcher.goLive();
    expect(exchange.events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK', 'MODIFIED']);
    expect(exchange.events[1]?.object).toEqual({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: {
        resourceVersion: '3072',
        creationTimestamp: null,
        annotations: { 'k8s.io/initial-events-end': 'true' },
      },
    });
  });

  test('that asked for bookmarks gets one when there is progress, and one at its end', () => {
    const { watcher, exchange, stream, clock, head } = open({ bookmarks: true });
    void watcher.goLive();
    watcher.startTimers(150_000);
    clock.advance(limits.bookmarkIntervalMs);
    expect(exchange.text).toBe('');
    head.revision = revision(2048);
    clock.advance(limits.bookmarkIntervalMs);
    head.revision = revision(3072);
    clock.advance(150_000);
    expect(exchange.events.map(({ object }) => object['metadata'])).toEqual([
      { resourceVersion: '2048', creationTimestamp: null },
      { resourceVersion: '3072', creationTimestamp: null },
    ]);
    expect(stream.outcome).toBe('ended');
  });

  test.for(['a bookmark', 'its end'])('is not told by %s of what has not come to it yet', (by) => {
    const { watcher, commit, exchange, clock, head, group } = open({ bookmarks: true, nextTurn: () => undefined });
    const connection = {};
    for (let other = 0; other < limits.watchersToldTogetherCount; other++) {
      group.join({ connection, tell: () => undefined, fail: () => undefined });
    }
    void watcher.goLive();
    watcher.startTimers(2 * limits.bookmarkIntervalMs);
    head.revision = revision(2048);
    commit([change('created', a1)]);
    expect(exchange.text).toBe('');
    if (by === 'its end') watcher.end();
    else clock.advance(limits.bookmarkIntervalMs);
    expect(exchange.events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
  });

  test('that does not read is cut off at the bound and is told nothing more', () => {
    const { watcher, commit, stream, cutOff } = open();
    void watcher.goLive();
    stream.stalled = true;
    const big = storedConfigMap('big', 6144, {}, { k: 'v'.repeat(1024 * 1024) });
    for (let round = 0; round < 20; round++) commit([change('created', big)]);
    expect(stream.outcome).toBe('destroyed');
    expect(cutOff).toHaveLength(1);
    expect(cutOff[0]).toBeGreaterThan(limits.watcherBufferBytes);
    expect(stream.queuedBytes).toBeLessThan(limits.watcherBufferBytes + 2 * 1024 * 1024);
  });

  test('that is still being given the past is cut off by the same bound', () => {
    const { watcher, commit, stream } = open();
    const big = storedConfigMap('big', 6144, {}, { k: 'v'.repeat(1024 * 1024) });
    watcher.attach({ close: () => undefined });
    for (let round = 0; round < 20; round++) commit([change('created', big)]);
    expect(stream.outcome).toBe('destroyed');
  });

  test('is given all that memory held when it came, however much that is', async () => {
    const { watcher, commit, exchange, stream } = open();
    const big = storedConfigMap('big', 6144, {}, { k: 'v'.repeat(1024 * 1024) });
    for (let round = 0; round < 20; round++) commit([change('created', big)]);
    watcher.attach({ close: () => undefined });
    await watcher.goLive();
    expect(stream.outcome).toBeUndefined();
    expect(exchange.events).toHaveLength(20);
  });

  test('as a Table gets the columns with the first event only', () => {
    const { watcher, commit, exchange } = open({ encoding: tableEncoding(configMaps(), 'Metadata', manualClock()) });
    void watcher.goLive();
    commit([change('created', a1), change('updated', a2, a1)]);
    const [first, second] = exchange.events;
    expect(first?.object).toMatchObject({
      kind: 'Table',
      columnDefinitions: [{ name: 'Name' }, { name: 'Data' }, { name: 'Age' }],
    });
    expect(second?.object).toMatchObject({
      kind: 'Table',
      columnDefinitions: null,
      rows: [{ cells: ['a', 0, expect.anything()] }],
    });
  });
});

test('all watchers of one encoding are given the same bytes', () => {
  const shared = new SharedEvents();
  const encoding = objectEncoding(configMaps());
  const watchers = [1, 2, 3].map(() => open({ shared, encoding }));
  const created = change('created', a1);
  for (const { watcher, commit } of watchers) {
    void watcher.goLive();
    commit([created]);
  }
  const [first, ...others] = watchers.map(({ exchange }) => exchange.written[0]);
  for (const other of others) expect(other).toBe(first);
});
