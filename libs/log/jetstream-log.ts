import { assert } from '@taffrail/platform/assert';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { AppendResult, Head, ReadOptions, StoredCommit } from './commit-log.ts';
import { RequestFailed, throwIfAborted, type NatsLink } from './connect.ts';
import { publishFenced } from './fenced-publish.ts';
import { callJetStream } from './jetstream-api.ts';
import { pullStream } from './pull-reader.ts';
import { ensureStream, streamInfo } from './stream.ts';
import type { WindowLog } from './window-log.ts';

export interface JetStreamLogOptions {
  /** Name of the stream, e.g. `LOG`. Commits go to the one subject `<name in lower case>.commits`. */
  readonly name: string;
  /** Old commits may be cut off (`EVENTS`). Otherwise the server itself refuses to purge. */
  readonly trimmable: boolean;
}

/**
 * Opens a log on a JetStream stream and creates the stream when it is missing: on disk, without bounds of its own, refusing
 * new messages rather than dropping old ones. Closing the log leaves the link open: who connected disconnects.
 * Throws OperatingError `unavailable`, or `protocol` when a stream of this name has other settings.
 */
export async function openJetStreamLog(link: NatsLink, options: JetStreamLogOptions): Promise<WindowLog> {
  const { name, trimmable } = options;
  const subject = `${name.toLowerCase()}.commits`;
  await ensureStream(link, { name, subjects: [subject], storage: 'file', deny_purge: !trimmable });
  const closing = new AbortController();
  const untilClosed = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);

  async function append(payload: Uint8Array, expectedLast: Sequence, signal?: AbortSignal): Promise<AppendResult> {
    const fence = { header: 'Nats-Expected-Last-Sequence', last: expectedLast } as const;
    for (;;) {
      const result = await publishFenced(link, { stream: name, subject, payload, fence }, untilClosed(signal));
      if (result.outcome === 'stored') {
        assert(result.sequence === expectedLast + 1, `the fence at ${expectedLast} let ${result.sequence} through`);
        return { outcome: 'appended', sequence: result.sequence };
      }
      const next = sequence(expectedLast + 1);
      if (result.uncertain) {
        const stored = await commitAt(next, untilClosed(signal));
        if (stored !== undefined && Buffer.compare(stored, payload) === 0)
          return { outcome: 'appended', sequence: next };
        // Nothing stands there and yet the fence did not hold: someone's write is in flight. Ask the fence again.
        if (stored === undefined && (result.last === undefined || result.last === expectedLast)) continue;
      }
      return { outcome: 'lost-fence', head: result.last ?? (await head(signal)).sequence };
    }
  }

  /** The payload at a sequence, undefined when there is none. Retries until the server answers. */
  async function commitAt(at: Sequence, signal: AbortSignal): Promise<Uint8Array | undefined> {
    for (let attempt = 0; attempt < limits.publishAttemptsCount; attempt++) {
      try {
        await link.whenConnected(limits.publishTimeoutMs, signal);
        const request = JSON.stringify({ seq: at });
        const reply = await link.request(`$JS.API.DIRECT.GET.${name}`, request, { timeoutMs: limits.publishTimeoutMs });
        return reply.headers?.code === 404 ? undefined : reply.data;
      } catch (error) {
        if (!(error instanceof RequestFailed)) throw error;
        await link.clock.sleep(limits.publishRetryDelayMs, signal).catch(() => throwIfAborted(signal));
      }
    }
    throw new OperatingError('aborted', `log ${name}: what stands at ${at} cannot be learned`);
  }

  async function head(signal?: AbortSignal): Promise<Head> {
    throwIfAborted(untilClosed(signal));
    const { state } = await streamInfo(link, name);
    return { sequence: sequence(state.last_seq) };
  }

  async function* read({ from, until, signal }: ReadOptions): AsyncGenerator<StoredCommit> {
    assert(from > 0, 'a log is read from sequence 1 or later');
    const end = until ?? Number.POSITIVE_INFINITY;
    if (from > end) return;
    const messages = pullStream(link, { stream: name, from, contiguous: true, signal: untilClosed(signal) });
    for await (const message of messages) {
      yield { sequence: message.sequence, payload: message.payload };
      if (message.sequence >= end) return;
    }
  }

  return Object.freeze({
    name,
    append,
    head,
    read,
    async first(signal?: AbortSignal): Promise<Sequence> {
      throwIfAborted(untilClosed(signal));
      const { state } = await streamInfo(link, name);
      return sequence(state.messages === 0 ? state.last_seq + 1 : state.first_seq);
    },
    async trim(before: Sequence, signal?: AbortSignal): Promise<void> {
      assert(trimmable, `log ${name} keeps everything`);
      assert(before <= (await head(signal)).sequence, 'the head is never cut off');
      await callJetStream(link, `STREAM.PURGE.${name}`, { seq: before });
    },
    async close(): Promise<void> {
      closing.abort();
    },
  });
}
