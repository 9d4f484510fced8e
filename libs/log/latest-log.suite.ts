import { afterEach, beforeEach, expect, test } from 'vitest';
import { revisionOf, sequence } from '@taffrail/platform/brand';
import { draftEvent } from './testing/drafts.ts';
import { decodeLatest, encodeLatest, type LatestLog, type LatestValue } from './latest-log.ts';
import { objectSubject } from './subject.ts';

/** The contract of LatestLog. `open` gives an empty log created at about `createdMs`; the suite closes it. */
export function latestLogSuite(open: () => Promise<LatestLog>, createdMs: number): void {
  let log: LatestLog;
  let stop: AbortController;
  const never = sequence(0);
  const subject = (name: string): string =>
    objectSubject(log.prefix, { group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-system', name });
  const text = (value: LatestValue): string => Buffer.from(value.payload).toString();
  async function stored(name: string, payload: string, expectedLast = never): Promise<typeof never> {
    const result = await log.put(subject(name), Buffer.from(payload), expectedLast);
    if (result.outcome !== 'stored') throw new Error(`not stored: ${result.outcome}`);
    return result.sequence;
  }
  beforeEach(async () => {
    log = await open();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await log.close();
  });

  test('an empty log stands just before the time of its creation', async () => {
    const { head, values } = await log.load(stop.signal);
    expect(values).toEqual([]);
    expect(Math.abs(head - createdMs)).toBeLessThan(60_000);
  });

  test('sequences count up from the time of creation and make safe revisions', async () => {
    const { head } = await log.load(stop.signal);
    const first = await stored('a', '1');
    expect(first).toBe(head + 1);
    expect(await stored('b', '1')).toBe(head + 2);
    expect(await log.head()).toBe(head + 2);
    expect(Number.isSafeInteger(revisionOf(first, 0))).toBe(true);
  });

  test('only the last value of each subject is kept', async () => {
    const a = await stored('a', 'a1');
    await stored('b', 'b1');
    const last = await stored('a', 'a2', a);
    const { head, values } = await log.load(stop.signal);
    expect(head).toBe(last);
    expect(values.map(text)).toEqual(['b1', 'a2']);
    expect(values.map((value) => value.subject)).toEqual([subject('b'), subject('a')]);
  });

  test('a put behind the subject conflicts and changes nothing', async () => {
    const first = await stored('a', 'a1');
    await stored('a', 'a2', first);
    expect(await log.put(subject('a'), Buffer.from('x'), first)).toEqual({ outcome: 'conflict' });
    expect(await log.put(subject('a'), Buffer.from('x'), never)).toEqual({ outcome: 'conflict' });
    expect(await log.put(subject('new'), Buffer.from('x'), first)).toEqual({ outcome: 'conflict' });
    expect((await log.load(stop.signal)).values.map(text)).toEqual(['a2']);
  });

  test('of many contenders for one subject exactly one wins', async () => {
    let last = never;
    for (let round = 0; round < 20; round++) {
      const results = await Promise.all(
        ['x', 'y', 'z'].map((who) => log.put(subject('a'), Buffer.from(`${who}${round}`), last)),
      );
      const winners = results.filter((result) => result.outcome === 'stored');
      expect(winners).toHaveLength(1);
      last = winners[0]?.sequence ?? never;
    }
  });

  test('a follower sees every new value in order', async () => {
    const a = await stored('a', 'a1');
    const following = log.follow(a, stop.signal)[Symbol.asyncIterator]();
    const next = following.next();
    const b = await stored('b', 'b1');
    expect((await next).value).toMatchObject({ sequence: b, subject: subject('b') });
    await stored('a', 'a2', a);
    expect(text((await following.next()).value as LatestValue)).toBe('a2');
  });

  test('a follower behind a log that was made anew is told so', async () => {
    const { head } = await log.load(stop.signal);
    const following = log.follow(sequence(head + 1_000), stop.signal)[Symbol.asyncIterator]();
    await expect(following.next()).rejects.toMatchObject({ code: 'log-behind' });
  });

  test('a value is an event whose revision follows from where it is stored', async () => {
    const payload = encodeLatest(draftEvent({ name: 'lease' }), 42);
    await log.put(subject('lease'), payload, never);
    const [value] = (await log.load(stop.signal)).values;
    const event = decodeLatest(value!);
    expect(event).toMatchObject({ name: 'lease', timeMs: 42, revision: revisionOf(value!.sequence, 0) });
  });
}
