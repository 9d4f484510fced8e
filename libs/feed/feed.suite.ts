import { afterEach, beforeEach, expect, test } from 'vitest';
import { revision, revisionOf, sequence } from '@taffrail/platform/brand';
import type { EventDraft, LogEvent } from '@taffrail/log/event';
import { encodeObject } from '@taffrail/log/object-bytes';
import { draftEvent } from '@taffrail/log/testing/drafts';
import type { Dispatcher, FeedItem, Follower } from './feed.ts';
import { nodePodsFilter } from './subject.ts';

/** A feed under test. */
export interface FeedForTest {
  readonly dispatcher: Dispatcher;
  follower(filters: readonly string[]): Follower;
  /** Makes events be lost, as far as followers can know. */
  lose(): Promise<void>;
  close(): Promise<void>;
}

let commits = 1_000_000;

/** An event at a place of its own. */
export function feedEvent(changes: Partial<EventDraft> = {}): LogEvent {
  const at = revisionOf(sequence(++commits), 0);
  return { ...draftEvent(changes), revision: at, timeMs: 1_790_000_000_000 };
}

/** An event of a pod on a node. */
export function podEvent(name: string, nodeName?: string, changes: Partial<EventDraft> = {}): LogEvent {
  const object = encodeObject({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, namespace: 'default' },
    spec: nodeName === undefined ? {} : { nodeName },
  });
  return feedEvent({ resource: 'pods', name, object, ...changes });
}

/** One line an item: what a follower was told. */
export function itemText(item: FeedItem): string {
  return item.type === 'relist' ? 'relist' : `${item.event.verb} ${item.event.namespace}/${item.event.name}`;
}

/** The contract of a feed. `open` gives an empty one. */
export function feedSuite(open: () => Promise<FeedForTest>): void {
  let feed: FeedForTest;
  let stop: AbortController;
  beforeEach(async () => {
    feed = await open();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await feed.close();
  });
  const follow = (...filters: readonly string[]): AsyncIterator<FeedItem> =>
    feed.follower(filters).items(stop.signal)[Symbol.asyncIterator]();
  const take = async (items: AsyncIterator<FeedItem>, count: number): Promise<readonly string[]> => {
    const taken: string[] = [];
    while (taken.length < count) taken.push(itemText((await items.next()).value as FeedItem));
    return taken;
  };

  test('a follower is told to relist first, and then gets every event from that moment on, in order', async () => {
    feed.dispatcher.dispatch([feedEvent({ name: 'before' })]);
    const items = follow('feed.core.configmaps.>');
    expect(await take(items, 1)).toEqual(['relist']);
    const names = Array.from({ length: 300 }, (_, index) => `c${index}`);
    for (const name of names) feed.dispatcher.dispatch([feedEvent({ name })]);
    const seen: string[] = [];
    while (seen.at(-1) !== 'created default/c299') seen.push(...(await take(items, 1)));
    // Whether the earlier event still comes depends on where it was when the follower took its place.
    if (seen[0] === 'created default/before') seen.shift();
    expect(seen).toEqual(names.map((name) => `created default/${name}`));
  });

  test('an event carries the object with its resourceVersion, and who it is about', async () => {
    const items = follow('feed.>');
    await take(items, 1);
    const event = feedEvent({
      group: 'rbac.authorization.k8s.io',
      resource: 'clusterrolebindings',
      namespace: '',
      name: 'system:ünï/code',
      verb: 'updated',
      previousRevision: revision(7),
      cause: { correlation: 'c', traceparent: '00-ab-cd-01' },
    });
    feed.dispatcher.dispatch([event]);
    const item = (await items.next()).value as FeedItem;
    if (item.type !== 'event') throw new Error('an event was dispatched');
    const { body, ...rest } = item.event;
    expect(rest).toEqual({
      revision: event.revision,
      verb: 'updated',
      group: 'rbac.authorization.k8s.io',
      resource: 'clusterrolebindings',
      namespace: '',
      name: 'system:ünï/code',
      uid: event.uid,
      traceparent: '00-ab-cd-01',
      correlation: 'c',
    });
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({
      metadata: { resourceVersion: String(event.revision) },
    });
  });

  test('an agent that follows its node sees its own pods and no others', async () => {
    const items = follow(nodePodsFilter('node-1.example'));
    await take(items, 1);
    feed.dispatcher.dispatch([
      podEvent('unbound'),
      podEvent('other', 'node-2'),
      podEvent('mine', 'node-1.example'),
      feedEvent({ name: 'not-a-pod' }),
      podEvent('mine', 'node-1.example', { verb: 'deleted', previousRevision: revision(5) }),
    ]);
    expect(await take(items, 2)).toEqual(['created default/mine', 'deleted default/mine']);
  });

  test('when events may have been lost every follower is told to relist, and then events go on', async () => {
    const followers = [follow('feed.core.configmaps.>'), follow(nodePodsFilter('n'))];
    for (const items of followers) await take(items, 1);
    await feed.lose();
    for (const items of followers) expect(await take(items, 1)).toEqual(['relist']);
    feed.dispatcher.dispatch([feedEvent({ name: 'after' }), podEvent('after', 'n')]);
    for (const items of followers) expect(await take(items, 1)).toEqual(['created default/after']);
  });

  test('a follower that is aborted ends with the code aborted', async () => {
    const items = follow('feed.>');
    await take(items, 1);
    const next = items.next();
    stop.abort();
    await expect(next).rejects.toMatchObject({ code: 'aborted' });
  });
}
