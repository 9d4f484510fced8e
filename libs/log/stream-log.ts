import { assert } from '@taffrail/platform/assert';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import type { AppendResult, Head, ReadOptions, StoredCommit } from './commit-log.ts';
import { throwIfAborted, type NatsLink } from './connect.ts';
import { publishFenced } from './fenced-publish.ts';
import { callJetStream } from './jetstream-api.ts';
import { pullStream } from './pull-reader.ts';
import { streamInfo, type StreamSettings } from './stream.ts';
import { storedAt } from './stored-commit.ts';
import type { WindowLog } from './window-log.ts';

/** One stream that holds commits: a log of one segment, or one segment of a longer one. */
export interface StreamLogOptions {
  /** The log's name, for messages. */
  readonly log: string;
  /** The stream. Commits go to the one subject `<stream in lower case>.commits`. */
  readonly stream: string;
  /** Old commits may be cut off (`EVENTS`). Otherwise the server itself refuses to purge. */
  readonly trimmable: boolean;
}

/** The settings of a stream that holds commits: on disk, without bounds of its own, refusing new messages rather than dropping old ones. */
export function commitStream(options: Pick<StreamLogOptions, 'stream' | 'trimmable'>): StreamSettings {
  const { stream, trimmable } = options;
  return { name: stream, subjects: [commitSubject(stream)], storage: 'file', deny_purge: !trimmable };
}

function commitSubject(stream: string): string {
  return `${stream.toLowerCase()}.commits`;
}

/** A log over one stream that exists. Closing it leaves the link open: who connected disconnects. */
export function streamLog(link: NatsLink, options: StreamLogOptions): WindowLog {
  const { log: name, stream, trimmable } = options;
  const subject = commitSubject(stream);
  const closing = new AbortController();
  const untilClosed = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);

  async function append(payload: Uint8Array, expectedLast: Sequence, signal?: AbortSignal): Promise<AppendResult> {
    const fence = { header: 'Nats-Expected-Last-Sequence', last: expectedLast } as const;
    for (;;) {
      const result = await publishFenced(link, { stream, subject, payload, fence }, untilClosed(signal));
      if (result.outcome === 'stored') {
        assert(result.sequence === expectedLast + 1, `the fence at ${expectedLast} let ${result.sequence} through`);
        return { outcome: 'appended', sequence: result.sequence };
      }
      const next = sequence(expectedLast + 1);
      if (result.uncertain) {
        const stored = await storedAt(link, stream, next, untilClosed(signal));
        if (stored !== undefined && Buffer.compare(stored, payload) === 0)
          return { outcome: 'appended', sequence: next };
        // Nothing stands there and yet the fence did not hold: someone's write is in flight. Ask the fence again.
        if (stored === undefined && (result.last === undefined || result.last === expectedLast)) continue;
      }
      return { outcome: 'lost-fence', head: result.last ?? (await head(signal)).sequence };
    }
  }

  async function head(signal?: AbortSignal): Promise<Head> {
    throwIfAborted(untilClosed(signal));
    const { state } = await streamInfo(link, stream);
    return { sequence: sequence(state.last_seq) };
  }

  async function* read({ from, until, signal }: ReadOptions): AsyncGenerator<StoredCommit> {
    assert(from > 0, 'a log is read from sequence 1 or later');
    const end = until ?? Number.POSITIVE_INFINITY;
    if (from > end) return;
    const messages = pullStream(link, { stream, from, contiguous: true, signal: untilClosed(signal) });
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
      const { state } = await streamInfo(link, stream);
      return sequence(state.messages === 0 ? state.last_seq + 1 : state.first_seq);
    },
    async trim(before: Sequence, signal?: AbortSignal): Promise<void> {
      assert(trimmable, `log ${name} keeps everything`);
      throwIfAborted(untilClosed(signal));
      await callJetStream(link, `STREAM.PURGE.${stream}`, { seq: before });
    },
    async close(): Promise<void> {
      closing.abort();
    },
  });
}
