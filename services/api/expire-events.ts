import type { Sequence } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { StateMachine } from '@taffrail/state/state-machine';

export interface ExpiryOptions {
  readonly state: Pick<StateMachine, 'expireWindow' | 'trimWindow'>;
  /** How long core/v1 Events are kept. */
  readonly eventTtlMs: number;
  /** How far the projection has read EVENTS; undefined when that cannot be learned. */
  readonly projected: () => Promise<Sequence | undefined>;
  /** Drops what the projection has of commits before a sequence. */
  readonly trimProjection: (first: Sequence) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Ends the life of old core/v1 Events from time to time: their deletion is committed, and once the projection has it the
 * log is cut off. A turn that fails is told and tried again at the next one. The returned function ends it.
 */
export function startExpiry(options: ExpiryOptions): () => void {
  const { eventTtlMs, clock, logger, signal } = options;
  const intervalMs = Math.min(limits.expiryIntervalMs, Math.max(limits.expiryMinimumMs, eventTtlMs / 10));
  let cancel = (): void => undefined;
  const turn = (): void => {
    cancel = clock.after(intervalMs, () => {
      expireOnce(options)
        .catch((thrown: unknown) => {
          if (!signal.aborted) logger.warn({ error: messageOf(thrown) }, 'expiring Events failed');
        })
        .finally(turn);
    });
  };
  turn();
  return () => cancel();
}

/** One turn: expires, then cuts off what the projection has. */
export async function expireOnce(options: Omit<ExpiryOptions, 'clock'> & { readonly clock: Pick<Clock, 'nowMs'> }) {
  const { state, eventTtlMs, clock, logger, signal } = options;
  const beforeMs = clock.nowMs() - eventTtlMs;
  const expired = await state.expireWindow(beforeMs, signal);
  const projected = await options.projected();
  const first = projected === undefined ? undefined : await state.trimWindow(beforeMs, projected, signal);
  if (first !== undefined) await options.trimProjection(first);
  if (expired > 0) logger.info({ expired, first }, 'old Events have expired');
}
