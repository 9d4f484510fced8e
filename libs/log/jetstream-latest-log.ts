import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { throwIfAborted, type NatsLink } from './connect.ts';
import { publishFenced } from './fenced-publish.ts';
import { callJetStream, isRefusal, jetStreamErrors } from './jetstream-api.ts';
import type { LatestLog, LatestSnapshot, LatestValue, PutResult } from './latest-log.ts';
import { pullStream } from './pull-reader.ts';
import { ensureStream, streamInfo } from './stream.ts';

/**
 * Opens a last-value log on a JetStream stream of its own: on disk, one message per subject. Every put waits for the disk like
 * a commit does (docs/adr/0003): a stream that does not may forget its newest messages and then give out their sequences
 * again. Created with its first sequence at the clock's epoch milliseconds. Closing it leaves the link open.
 */
export async function openJetStreamLatestLog(link: NatsLink, name: string): Promise<LatestLog> {
  const prefix = name.toLowerCase();
  await ensureStream(link, {
    name,
    subjects: [`${prefix}.>`],
    storage: 'file',
    max_msgs_per_subject: 1,
    // Replacing a subject's value is the point here; the fence sees to it that nobody does so unknowingly.
    discard: 'old',
    deny_delete: false,
    deny_purge: false,
    first_seq: link.clock.nowMs(),
  });
  const closing = new AbortController();
  const untilClosed = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);

  /** The last value of a subject as the leader has it. */
  async function last(subject: string): Promise<{ readonly sequence: number; readonly payload: Buffer } | undefined> {
    try {
      const { message } = await callJetStream<{ readonly message: { readonly seq: number; readonly data?: string } }>(
        link,
        `STREAM.MSG.GET.${name}`,
        { last_by_subj: subject },
      );
      return { sequence: message.seq, payload: Buffer.from(message.data ?? '', 'base64') };
    } catch (error) {
      if (isRefusal(error, jetStreamErrors.noMessage)) return undefined;
      throw error;
    }
  }

  return Object.freeze({
    name,
    prefix,
    async put(subject: string, payload: Uint8Array, expectedLast: Sequence, signal?: AbortSignal): Promise<PutResult> {
      const fence = { header: 'Nats-Expected-Last-Subject-Sequence', last: expectedLast } as const;
      const result = await publishFenced(link, { stream: name, subject, payload, fence }, untilClosed(signal));
      if (result.outcome === 'stored') return result;
      if (!result.uncertain) return { outcome: 'conflict' };
      const found = await last(subject).catch((error: unknown) => {
        throw new OperatingError('aborted', `log ${name}: what stands at ${subject} cannot be learned`, {
          cause: error,
        });
      });
      return found !== undefined && found.payload.equals(payload)
        ? { outcome: 'stored', sequence: sequence(found.sequence) }
        : { outcome: 'conflict' };
    },
    async head(signal?: AbortSignal): Promise<Sequence> {
      throwIfAborted(untilClosed(signal));
      return sequence((await streamInfo(link, name)).state.last_seq);
    },
    async load(signal: AbortSignal): Promise<LatestSnapshot> {
      const { state } = await streamInfo(link, name);
      const values = new Map<string, LatestValue>();
      const head = sequence(state.last_seq);
      if (state.messages === 0) return { head, values: [] };
      // The newest message of such a stream is never a replaced one: reading up to it sees every subject.
      for await (const value of pullStream(link, pullFrom(state.first_seq, signal))) {
        values.delete(value.subject);
        values.set(value.subject, latestValue(value));
        if (value.sequence >= head) return { head: value.sequence, values: [...values.values()] };
      }
      throw new OperatingError('aborted', `log ${name} is closed`);
    },
    async *follow(after: Sequence, signal: AbortSignal): AsyncGenerator<LatestValue> {
      const { state } = await streamInfo(link, name);
      if (state.last_seq < after) {
        throw new OperatingError('log-behind', `log ${name} ends at ${state.last_seq}, before ${after}`);
      }
      for await (const value of pullStream(link, pullFrom(after + 1, signal))) yield latestValue(value);
    },
    async close(): Promise<void> {
      closing.abort();
    },
  });

  function pullFrom(from: number, signal: AbortSignal): Parameters<typeof pullStream>[1] {
    throwIfAborted(signal);
    return { stream: name, from: sequence(from), contiguous: false, signal: untilClosed(signal) };
  }
}

function latestValue({ subject, sequence: at, payload }: LatestValue): LatestValue {
  return { subject, sequence: at, payload };
}
