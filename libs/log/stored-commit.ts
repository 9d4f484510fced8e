import type { Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { RequestFailed, throwIfAborted, type NatsLink } from './connect.ts';

/**
 * The payload a stream has at a sequence; undefined when there is none, or none that the server itself finds whole.
 * Asks until the server answers; throws OperatingError `aborted` when it never does.
 */
export async function storedAt(
  link: NatsLink,
  stream: string,
  at: Sequence,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  for (let attempt = 0; attempt < limits.publishAttemptsCount; attempt++) {
    try {
      await link.whenConnected(limits.publishTimeoutMs, signal);
      const request = JSON.stringify({ seq: at });
      const reply = await link.request(`$JS.API.DIRECT.GET.${stream}`, request, { timeoutMs: limits.publishTimeoutMs });
      return reply.headers?.code === 404 ? undefined : reply.data;
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      await link.clock.sleep(limits.publishRetryDelayMs, signal).catch(() => throwIfAborted(signal));
    }
  }
  throw new OperatingError('aborted', `stream ${stream}: what stands at ${at} cannot be learned`);
}
