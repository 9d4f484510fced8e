import { on } from 'node:events';
import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { RuntimeNudge } from '../port.ts';
import type { CriConnection, Reply } from './connection.ts';
import { record } from './decode.ts';

const ANYTHING: RuntimeNudge = { containerId: undefined };

/**
 * containerd's task events as nudges. Its CRI answers `GetContainerEvents` with "not implemented" before 1.7, so this
 * follows containerd's own service. Every (re)connect says that anything may have changed, because events are not kept.
 */
export async function* containerdNudges(
  connection: CriConnection,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<RuntimeNudge> {
  while (!signal.aborted) {
    const stream = connection.events(['topic~="/tasks/"']);
    const cancel = (): void => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      yield ANYTHING;
      for await (const [envelope] of on(stream, 'data', { close: ['end'] })) {
        const containerId = containerOf(envelope as Reply);
        if (containerId !== undefined) yield { containerId };
      }
    } catch {
      // The stream broke (restart of the runtime, or our own cancel): the loop decides.
    } finally {
      signal.removeEventListener('abort', cancel);
      stream.on('error', () => undefined);
      stream.cancel();
    }
    if (signal.aborted) return;
    try {
      await clock.sleep(limits.runtimeReconnectMs, signal);
    } catch {
      return;
    }
  }
}

/** Field 1 of every task event is the container id, a short string. */
function containerOf(envelope: Reply): string | undefined {
  const value = record(envelope['event'])['value'];
  if (!Buffer.isBuffer(value) || value[0] !== 0x0a) return undefined;
  const length = value[1] ?? 0;
  return length > 0 && length < 0x80 ? value.toString('utf8', 2, 2 + length) : undefined;
}
