import type { Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { BoundChapter } from '@taffrail/projection/bind-chapter';

export interface BindingOptions {
  /** Binds the next chapter of the log; undefined when there is none to be bound. */
  readonly bind: (signal: AbortSignal) => Promise<BoundChapter | undefined>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly logger: Logger;
}

export interface Binding {
  /** Gives up a chapter that is being bound: the next server begins it again. */
  close(): Promise<void>;
}

/**
 * Binds chapters of the log by object, in the background: one after the other as long as there are any (after a rebuild, or
 * on a database that had none before), then looks again from time to time. Nothing waits for it, so a turn that fails is told
 * and tried again at the next one.
 */
export function startBinding({ bind, clock, logger }: BindingOptions): Binding {
  const closing = new AbortController();
  const { signal } = closing;

  async function turn(): Promise<void> {
    try {
      for (let chapter = await bind(signal); chapter !== undefined; chapter = await bind(signal)) {
        logger.info({ ...chapter }, 'a chapter of the log was bound');
      }
    } catch (thrown) {
      if (!signal.aborted) logger.warn({ error: messageOf(thrown) }, 'binding a chapter of the log failed');
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(limits.chapterIntervalMs, signal).catch(() => undefined); // aborted: the loop ends
      if (!signal.aborted) await turn();
    }
  }

  const ended = run();
  return Object.freeze({
    async close(): Promise<void> {
      closing.abort();
      await ended;
    },
  });
}
