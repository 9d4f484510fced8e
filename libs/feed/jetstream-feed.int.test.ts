import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NatsLink } from '@taffrail/log/connect';
import { callJetStream } from '@taffrail/log/jetstream-api';
import type { LogEvent } from '@taffrail/log/event';
import { streamInfo } from '@taffrail/log/stream';
import { startNatsForTest, type NatsForTest } from '@taffrail/log/testing/nats';
import { limits } from '@taffrail/platform/limits';
import { silentLogger } from '@taffrail/platform/logger';
import { feedEvent, feedSuite, itemText, podEvent } from './feed.suite.ts';
import type { FeedItem, Follower } from './feed.ts';
import { nodePodsFilter } from './subject.ts';
import { startDispatcher } from './jetstream-dispatcher.ts';
import { openFollower } from './jetstream-follower.ts';

let nats: NatsForTest;
let link: NatsLink;
beforeAll(async () => {
  nats = await startNatsForTest();
  link = await nats.link();
});
afterAll(() => nats.stop());

async function settled(): Promise<void> {
  const before = (await streamInfo(link, 'FEED')).state.last_seq;
  await new Promise((resolve) => setTimeout(resolve, 50));
  if ((await streamInfo(link, 'FEED')).state.last_seq !== before) await settled();
}

describe('JetStream feed', () =>
  feedSuite(async () => {
    const dispatcher = startDispatcher(link, silentLogger);
    const follower = (filters: readonly string[]): Follower => openFollower(link, filters, silentLogger);
    return {
      dispatcher,
      follower,
      async lose() {
        const large = feedEvent({ object: Buffer.alloc(limits.feedQueueBytes + 1, '{"kind":"X","metadata":{') });
        dispatcher.dispatch([large]);
      },
      close: () => dispatcher.close(),
    };
  }));

/** Takes items until one reads `last`. */
async function until(items: AsyncIterator<FeedItem>, last: string): Promise<readonly string[]> {
  const seen: string[] = [];
  while (seen.at(-1) !== last) seen.push(itemText((await items.next()).value as FeedItem));
  return seen;
}

test('a server that was killed has lost the feed: followers relist, and see what comes after', async () => {
  const stop = new AbortController();
  const dispatcher = startDispatcher(link, silentLogger);
  const items = openFollower(link, ['feed.core.pods.>'], silentLogger).items(stop.signal)[Symbol.asyncIterator]();
  expect(itemText((await items.next()).value as FeedItem)).toBe('relist');
  dispatcher.dispatch([podEvent('a', 'n')]);
  expect(await until(items, 'created default/a')).toEqual(['created default/a']);
  await nats.kill();
  dispatcher.dispatch([podEvent('while-away', 'n')]);
  await nats.start();
  const next = await until(items, 'relist');
  expect(next).toEqual(['relist']);
  dispatcher.dispatch([podEvent('b', 'n')]);
  expect((await until(items, 'created default/b')).at(-1)).toBe('created default/b');
  stop.abort();
  await dispatcher.close();
});

test('a follower whose unread messages have gone relists', async () => {
  const stop = new AbortController();
  const dispatcher = startDispatcher(link, silentLogger);
  const items = openFollower(link, ['feed.core.pods.>'], silentLogger).items(stop.signal)[Symbol.asyncIterator]();
  await items.next();
  dispatcher.dispatch([podEvent('a', 'n')]);
  await until(items, 'created default/a');
  // The consumer goes with what it has not delivered, as after a long cut of the connection.
  const { consumers } = await callJetStream<{ consumers: readonly { name: string }[] }>(link, 'CONSUMER.LIST.FEED');
  const waiting = items.next();
  const before = (await streamInfo(link, 'FEED')).state.last_seq;
  for (const { name } of consumers)
    await callJetStream(link, `CONSUMER.PAUSE.FEED.${name}`, { pause_until: '2099-01-01T00:00:00Z' });
  dispatcher.dispatch([podEvent('unseen', 'n'), podEvent('unseen-too', 'n')]);
  await settled();
  await callJetStream(link, 'STREAM.PURGE.FEED', { seq: before + 3 });
  for (const { name } of consumers) await callJetStream(link, `CONSUMER.DELETE.FEED.${name}`);
  expect(itemText((await waiting).value as FeedItem)).toBe('relist');
  stop.abort();
  await dispatcher.close();
});

test('two dispatchers of the same events publish each once', async () => {
  const stop = new AbortController();
  const dispatchers = [startDispatcher(link, silentLogger), startDispatcher(link, silentLogger)];
  const items = openFollower(link, ['feed.core.pods.>'], silentLogger).items(stop.signal)[Symbol.asyncIterator]();
  await items.next();
  const events = Array.from({ length: 200 }, (_, index) => podEvent(`p${index}`, 'n'));
  for (const event of events) for (const dispatcher of dispatchers) dispatcher.dispatch([event]);
  expect(await until(items, 'created default/p199')).toEqual(events.map((event) => `created default/${event.name}`));
  stop.abort();
  for (const dispatcher of dispatchers) await dispatcher.close();
});

test('a follower too slow for a feed that drops old messages relists', async () => {
  const stop = new AbortController();
  const dispatcher = startDispatcher(link, silentLogger);
  const items = openFollower(link, ['feed.core.pods.>'], silentLogger).items(stop.signal)[Symbol.asyncIterator]();
  await items.next();
  const names = Array.from({ length: limits.readerPullCount + 100 }, (_, index) => `slow${index}`);
  dispatcher.dispatch(names.map((name) => podEvent(name, 'n')));
  expect(itemText((await items.next()).value as FeedItem)).toBe('created default/slow0');
  await settled();
  await callJetStream(link, 'STREAM.PURGE.FEED', { keep: 10 });
  const seen = await until(items, `created default/${names.at(-1)}`);
  // What it had asked for comes first; then it is told that there is a gap, once; then come the ten that are left.
  const created = names.map((name) => `created default/${name}`);
  const gap = seen.indexOf('relist');
  expect(gap).toBeLessThan(names.length - 11);
  expect(seen.slice(0, gap)).toEqual(created.slice(1, gap + 1));
  expect(seen.slice(gap + 1)).toEqual(created.slice(-10));
  stop.abort();
  await dispatcher.close();
});

test('what nobody follows is not published; who begins to follow relists and misses nothing after that', async () => {
  const stop = new AbortController();
  // Consumers of earlier tests are removed by their followers, at once or when the server finds them idle.
  const { consumers } = await callJetStream<{ consumers: readonly { name: string }[] }>(link, 'CONSUMER.LIST.FEED');
  for (const { name } of consumers) await callJetStream(link, `CONSUMER.DELETE.FEED.${name}`);
  let skippedMs = 0;
  const clock = { ...link.clock, monotonicMs: () => link.clock.monotonicMs() + skippedMs };
  const dispatcher = startDispatcher({ ...link, clock }, silentLogger);
  const published = async (...events: readonly LogEvent[]): Promise<number> => {
    const before = (await streamInfo(link, 'FEED')).state.last_seq;
    dispatcher.dispatch(events);
    await settled();
    return (await streamInfo(link, 'FEED')).state.last_seq - before;
  };
  expect(await published(podEvent('before-anybody-was-asked', 'n'))).toBe(1);
  skippedMs += limits.feedInterestMs;
  await published(podEvent('on-its-way', 'n'));
  expect(await published(podEvent('unfollowed', 'n'), feedEvent())).toBe(0);

  const follower = openFollower(link, [nodePodsFilter('n')], silentLogger);
  const items = follower.items(stop.signal)[Symbol.asyncIterator]();
  expect(itemText((await items.next()).value as FeedItem)).toBe('relist');
  expect(await published(podEvent('followed', 'n'), podEvent('elsewhere', 'm'), podEvent('nowhere'), feedEvent())).toBe(
    1,
  );
  expect(await until(items, 'created default/followed')).toEqual(['created default/followed']);

  // A follower that is there is found again, however long it says nothing.
  skippedMs += limits.feedInterestMs;
  expect(await published(podEvent('still', 'n'), podEvent('elsewhere', 'm'))).toBe(1);
  expect(await published(podEvent('and-still', 'n'), podEvent('elsewhere', 'm'))).toBe(1);
  expect(await until(items, 'created default/and-still')).toEqual([
    'created default/still',
    'created default/and-still',
  ]);
  stop.abort();
  await dispatcher.close();
});
