import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '@taffrail/platform/random';
import { virtualClock, type VirtualClock } from './testing/virtual-clock.ts';
import { workQueue, type WorkQueue } from './work-queue.ts';

function queueWith(clock: VirtualClock, maximumCount = 100): WorkQueue {
  const random = { ...seededRandom(1), next: () => 0 };
  return workQueue({ clock, random, maximumCount, retryMinimumMs: 10, retryMaximumMs: 80 });
}
const forever = new AbortController().signal;

test('a key that waits is not queued twice', async () => {
  const queue = queueWith(virtualClock());
  queue.add('a');
  queue.add('a');
  expect(queue.size).toBe(1);
  expect(await queue.take(forever)).toBe('a');
  expect(queue.size).toBe(0);
});

test('a key added while it is worked on waits until that work is done', async () => {
  const queue = queueWith(virtualClock());
  queue.add('a');
  await queue.take(forever);
  queue.add('a');
  queue.add('b');
  expect(await queue.take(forever)).toBe('b');
  queue.done('a');
  expect(await queue.take(forever)).toBe('a');
});

test('of several delays for one key the earliest stands', async () => {
  const clock = virtualClock();
  const queue = queueWith(clock);
  queue.addAfter('a', 100);
  queue.addAfter('a', 20);
  queue.addAfter('a', 50);
  await clock.advance(19);
  expect(queue.size).toBe(0);
  await clock.advance(1);
  expect(await queue.take(forever)).toBe('a');
  queue.done('a');
  await clock.advance(1000);
  expect(queue.size).toBe(0);
});

test("a key's back-off doubles to its maximum until it is forgotten", async () => {
  const clock = virtualClock();
  const queue = queueWith(clock);
  const delays: number[] = [];
  for (let attempt = 0; attempt < 5; attempt++) {
    delays.push(queue.retry('a'));
    await clock.advance(1000);
    await queue.take(forever);
    queue.done('a');
  }
  expect(delays).toEqual([10, 20, 40, 80, 80]);
  queue.forget('a');
  expect(queue.retry('a')).toBe(10);
});

test('a full queue refuses new keys but never one it holds', async () => {
  const clock = virtualClock();
  const queue = queueWith(clock, 1);
  expect(queue.add('a')).toBe(true);
  expect(queue.add('b')).toBe(false);
  expect(queue.add('a')).toBe(true);
  queue.addAfter('c', 5);
  await clock.advance(5);
  expect(queue.size).toBe(1);
  queue.done(await queue.take(forever));
  await clock.advance(1000);
  expect(await queue.take(forever)).toBe('c');
});

test('a taker that gave up gets no key', async () => {
  const queue = queueWith(virtualClock());
  const stop = new AbortController();
  const taken = queue.take(stop.signal);
  stop.abort(new Error('stopped'));
  await expect(taken).rejects.toThrow('stopped');
  queue.add('a');
  expect(queue.size).toBe(1);
});

test('whatever is added, taken and finished in any order: no key is worked on twice at a time and none is lost', async () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const action = fc.oneof(
    fc.record({ type: fc.constant('add' as const), key }),
    fc.record({ type: fc.constant('after' as const), key, ms: fc.integer({ min: 0, max: 30 }) }),
    fc.record({ type: fc.constant('take' as const) }),
    fc.record({ type: fc.constant('done' as const), index: fc.nat(3) }),
    fc.record({ type: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 20 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const clock = virtualClock();
      const queue = queueWith(clock);
      const working: string[] = [];
      /** Asked for and not yet begun since. */
      const owed = new Set<string>();
      const take = async (): Promise<void> => {
        if (queue.size === 0) return;
        const stop = new AbortController();
        const taken = queue.take(stop.signal).catch(() => undefined);
        await clock.advance(0);
        stop.abort();
        const next = await taken;
        if (next === undefined) return;
        expect(working).not.toContain(next);
        working.push(next);
        owed.delete(next);
      };
      for (const step of actions) {
        if (step.type === 'add') {
          queue.add(step.key);
          owed.add(step.key);
        } else if (step.type === 'after') {
          queue.addAfter(step.key, step.ms);
          owed.add(step.key);
        } else if (step.type === 'take') {
          await take();
        } else if (step.type === 'done') {
          const [finished] = working.splice(step.index % Math.max(working.length, 1), 1);
          if (finished !== undefined) queue.done(finished);
        } else {
          await clock.advance(step.ms);
        }
      }
      for (const finished of working.splice(0)) queue.done(finished);
      await clock.advance(100);
      for (let round = 0; round < 10 && queue.size > 0; round++) {
        await take();
        for (const finished of working.splice(0)) queue.done(finished);
      }
      expect([...owed]).toEqual([]);
      expect(queue.size).toBe(0);
    }),
    { numRuns: 200 },
  );
});
