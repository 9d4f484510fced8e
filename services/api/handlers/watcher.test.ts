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
import { SharedEvents } from './watch-events.ts';
import { Watcher } from './watcher.ts';

interface Setup {
  readonly watcher: Watcher;
  readonly exchange: FakeExchange;
  readonly stream: FakeStream;
  readonly clock: ManualClock;
  readonly cutOff: number[];
  readonly head: { revision: Revision };
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
  } = {},
): Setup {
  const exchange = new FakeExchange({ url: '/' });
  const stream = exchange.stream(200, {}) as FakeStream;
  const clock = manualClock();
  const cutOff: number[] = [];
  const head = { revision: revision(1024) };
  const watcher = new Watcher(
    {
      stream,
      encoding: options.encoding ?? objectEncoding(configMaps()),
      shared: options.shared ?? new SharedEvents(),
      selection: selecting(options.labels ?? ''),
      namespace: options.namespace,
      clock,
      bookmarks: options.bookmarks ?? false,
      progress: (live) => (live ? head.revision : undefined),
      onCutOff: (bytes) => cutOff.push(bytes),
      onEnd: () => undefined,
    },
    revision(1024),
  );
  return { watcher, exchange, stream, clock, cutOff, head };
}

const a1 = storedConfigMap('a', 2048, { app: 'x' });
const a2 = storedConfigMap('a', 3072, { app: 'y' });
const a3 = storedConfigMap('a', 4096, { app: 'x' });
const a4 = storedConfigMap('a', 5120, { app: 'x' });

describe('a watcher', () => {
  test('is told what happened, with the object at the revision of the change', () => {
    const { watcher, exchange } = open();
    void watcher.goLive();
    watcher.onChanges([change('created', a1)]);
    watcher.onChanges([change('updated', a2, a1), change('deleted', a3, a2)]);
    expect(exchange.events.map((event) => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    expect(exchange.events[1]?.object).toEqual(a2.object());
  });

  test('of a selector sees objects come and go as they match', () => {
    const { watcher, exchange } = open({ labels: 'app=x' });
    void watcher.goLive();
    watcher.onChanges([change('created', a1), change('updated', a2, a1), change('updated', a3, a2)]);
    watcher.onChanges([change('deleted', a4, a3)]);
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
    elsewhere.watcher.onChanges([change('created', a1)]);
    expect(elsewhere.exchange.text).toBe('');
    const unmatched = open({ labels: 'app=z' });
    void unmatched.watcher.goLive();
    unmatched.watcher.onChanges([change('created', a1), change('updated', a2, a1), change('deleted', a3, a2)]);
    expect(unmatched.exchange.text).toBe('');
  });

  test('gets live changes after the initial objects, in order', async () => {
    const { watcher, exchange } = open();
    watcher.onChanges([change('updated', a3, a2)]);
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

  test('that does not read is cut off at the bound and is told nothing more', () => {
    const { watcher, stream, cutOff } = open();
    void watcher.goLive();
    stream.stalled = true;
    const big = storedConfigMap('big', 6144, {}, { k: 'v'.repeat(1024 * 1024) });
    for (let round = 0; round < 20; round++) watcher.onChanges([change('created', big)]);
    expect(stream.outcome).toBe('destroyed');
    expect(cutOff).toHaveLength(1);
    expect(cutOff[0]).toBeGreaterThan(limits.watcherBufferBytes);
    expect(stream.queuedBytes).toBeLessThan(limits.watcherBufferBytes + 2 * 1024 * 1024);
  });

  test('that is still being given the past is cut off by the same bound', () => {
    const { watcher, stream } = open();
    const big = storedConfigMap('big', 6144, {}, { k: 'v'.repeat(1024 * 1024) });
    watcher.attach({ close: () => undefined });
    for (let round = 0; round < 20; round++) watcher.onChanges([change('created', big)]);
    expect(stream.outcome).toBe('destroyed');
  });

  test('is given all that memory held when it came, however much that is', async () => {
    const { watcher, exchange, stream } = open();
    const big = storedConfigMap('big', 6144, {}, { k: 'v'.repeat(1024 * 1024) });
    for (let round = 0; round < 20; round++) watcher.onChanges([change('created', big)]);
    watcher.attach({ close: () => undefined });
    await watcher.goLive();
    expect(stream.outcome).toBeUndefined();
    expect(exchange.events).toHaveLength(20);
  });

  test('as a Table gets the columns with the first event only', () => {
    const { watcher, exchange } = open({ encoding: tableEncoding(configMaps(), 'Metadata', manualClock()) });
    void watcher.goLive();
    watcher.onChanges([change('created', a1), change('updated', a2, a1)]);
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
  for (const { watcher } of watchers) {
    void watcher.goLive();
    watcher.onChanges([created]);
  }
  const [first, ...others] = watchers.map(({ exchange }) => exchange.written[0]);
  for (const other of others) expect(other).toBe(first);
});
