import { assert } from '@taffrail/platform/assert';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { AppendResult, Head, ReadOptions, StoredCommit } from './commit-log.ts';
import type { NatsLink } from './connect.ts';
import { logStreams, segmentsInUse, type LogStream } from './segments.ts';
import { ensureStream } from './stream.ts';
import { commitStream, streamLog } from './stream-log.ts';
import type { WindowLog } from './window-log.ts';

export interface JetStreamLogOptions {
  /** Name of the log and of its first stream, e.g. `LOG`. */
  readonly name: string;
  /** Old commits may be cut off (`EVENTS`). Otherwise the server itself refuses to purge. */
  readonly trimmable: boolean;
  /** A log that is not there is refused with `log-gap` rather than made. */
  readonly existing?: boolean;
}

interface OpenSegment {
  readonly place: LogStream;
  readonly log: WindowLog;
}

/**
 * Opens a log over its segments and makes the first one when there is none. Only the last one is written to. Closing the
 * log leaves the link open: who connected disconnects. Throws OperatingError `unavailable`, `log-gap` when a segment is
 * missing, or `protocol` when a stream could lose messages.
 */
export async function openJetStreamLog(link: NatsLink, options: JetStreamLogOptions): Promise<WindowLog> {
  const { name, trimmable, existing = false } = options;
  let places = segmentsInUse(name, await logStreams(link, name), options);
  if (places.length === 0) {
    if (existing) throw new OperatingError('log-gap', `log ${name} does not exist`);
    await ensureStream(link, commitStream({ stream: name, trimmable }));
    places = segmentsInUse(name, await logStreams(link, name), options);
  }
  // What is there is checked, too: a stream that could lose messages is no log.
  for (const { stream } of places) await ensureStream(link, commitStream({ stream, trimmable }));
  const segments = places.map((place) => ({
    place,
    log: streamLog(link, { log: name, stream: place.stream, trimmable }),
  }));
  return segmentedLog(name, segments);
}

function segmentedLog(name: string, segments: readonly OpenSegment[]): WindowLog {
  const last = newestOf(segments);

  async function* read({ from, until, signal }: ReadOptions): AsyncGenerator<StoredCommit> {
    let next = from;
    for (const { place, log } of segments) {
      if (log !== last.log && next > place.last) continue;
      // Between two segments there is nothing; a jump is checked against the genesis that follows it.
      if (place !== segments[0]?.place && next < place.first) next = place.first;
      const end = log === last.log ? until : sequence(Math.min(until ?? place.last, place.last));
      if (end !== undefined && end < next) return;
      yield* log.read({ from: next, signal, ...(end === undefined ? {} : { until: end }) });
      if (end === until && until !== undefined) return;
      next = sequence(place.last + 1);
    }
  }

  return Object.freeze({
    name,
    segments: () => segments.map(({ place: { stream, first } }) => ({ stream, first })),
    head: async (signal?: AbortSignal): Promise<Head> => await last.log.head(signal),
    async append(payload: Uint8Array, expectedLast: Sequence, signal?: AbortSignal): Promise<AppendResult> {
      return await last.log.append(payload, expectedLast, signal);
    },
    read,
    async first(signal?: AbortSignal): Promise<Sequence> {
      for (const { place, log } of segments) {
        const first = await log.first(signal);
        if (log === last.log || first <= place.last) return first;
      }
      throw new OperatingError('log-gap', `log ${name} has no segment`);
    },
    async trim(before: Sequence, signal?: AbortSignal): Promise<void> {
      assert(before <= (await last.log.head(signal)).sequence, 'the head is never cut off');
      for (const { place, log } of segments) {
        if (before > place.first) await log.trim(before, signal);
      }
    },
    async close(): Promise<void> {
      await Promise.all(segments.map(({ log }) => log.close()));
    },
  });
}

function newestOf(segments: readonly OpenSegment[]): OpenSegment {
  const last = segments.at(-1);
  assert(last !== undefined, 'a log has a segment');
  return last;
}
