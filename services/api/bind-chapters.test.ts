import { expect, test } from 'vitest';
import { revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { silentLogger, type Logger } from '@taffrail/platform/logger';
import type { BoundChapter } from '@taffrail/projection/bind-chapter';
import { startBinding } from './bind-chapters.ts';

const chapter: BoundChapter = { first: revision(0), until: revision(1024), events: 1 };

/** A clock whose sleeps end when they are told to, or are aborted. */
function steppedClock() {
  const waiting: (() => void)[] = [];
  return {
    async sleep(ms: number, signal?: AbortSignal) {
      expect(ms).toBe(limits.chapterIntervalMs);
      await new Promise<void>((resolve, reject) => {
        waiting.push(resolve);
        signal?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    },
    async step() {
      waiting.shift()?.();
      while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('chapters are bound one after the other until there is none left, and looked for again later', async () => {
  const clock = steppedClock();
  const left = [chapter, chapter, undefined, chapter];
  let asked = 0;
  const bind = async (): Promise<BoundChapter | undefined> => left[asked++];
  const binding = startBinding({ bind, clock, logger: silentLogger });
  expect(asked).toBe(0);
  await clock.step();
  expect(asked).toBe(3);
  await clock.step();
  expect(asked).toBe(5);
  await binding.close();
});

test('a turn that fails is told and does not end the binding', async () => {
  const clock = steppedClock();
  const told: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (_fields: unknown, text?: string) => void told.push(text ?? '') };
  let asked = 0;
  const bind = async (): Promise<undefined> => {
    asked += 1;
    if (asked === 1) throw new Error('Postgres is away');
  };
  const binding = startBinding({ bind, clock, logger });
  await clock.step();
  await clock.step();
  expect(asked).toBe(2);
  expect(told).toEqual(['binding a chapter of the log failed']);
  await binding.close();
});

test('closing gives up the chapter that is being bound, without a word', async () => {
  const clock = steppedClock();
  const told: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (_fields: unknown, text?: string) => void told.push(text ?? '') };
  const begun = Promise.withResolvers<void>();
  const bind = async (signal: AbortSignal): Promise<undefined> => {
    begun.resolve();
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  };
  const binding = startBinding({ bind, clock, logger });
  void clock.step();
  await begun.promise;
  await binding.close();
  expect(told).toEqual([]);
});
