import type { RuntimeNudge } from './port.ts';

/** Nudges from callbacks to one `for await`. A nudge that waits already is not queued twice, which bounds it. */
export interface NudgeQueue {
  push(nudge: RuntimeNudge): void;
  /** Ends when the signal is aborted. */
  items(signal: AbortSignal): AsyncGenerator<RuntimeNudge>;
}

export function nudgeQueue(): NudgeQueue {
  const waiting = new Map<string, RuntimeNudge>();
  let wake = (): void => undefined;
  return {
    push(nudge) {
      waiting.set(nudge.containerId ?? '', nudge);
      wake();
    },
    async *items(signal) {
      const onAbort = (): void => wake();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        while (!signal.aborted) {
          const [next] = waiting;
          if (next === undefined) {
            await new Promise<void>((resolve) => (wake = resolve));
            continue;
          }
          waiting.delete(next[0]);
          yield next[1];
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}
