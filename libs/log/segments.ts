import type { StreamInfo } from '@nats-io/jetstream';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { NatsLink } from './connect.ts';
import { callJetStream } from './jetstream-api.ts';
import { ensureStream, streamInfo } from './stream.ts';
import { commitStream, streamLog } from './stream-log.ts';
import type { WindowLog } from './window-log.ts';

/*
 * A log is a list of segments, one stream each. Most logs have one, the stream of the log's own name. A restore opens a
 * further one, because JetStream can neither jump forward nor overwrite in a stream that is there; a repair puts a copy
 * in the place of a damaged one. Streams cannot be renamed, so a name says nothing: which stream is which segment stands
 * in the stream's metadata. A stream that is still being filled does not count, and of several copies of one segment the
 * newest does: one update of the metadata is the moment a copy takes over.
 */

/** A stream of a log, in use or not. */
export interface LogStream {
  readonly stream: string;
  /** Which segment of the log it holds, from 1. */
  readonly segment: number;
  /** Which copy of that segment, from 1; the highest complete one is in use. */
  readonly copy: number;
  /** False while it is being filled. */
  readonly complete: boolean;
  /** The first sequence it was made for. */
  readonly first: Sequence;
  /** The first one that is still there. */
  readonly start: Sequence;
  /** What it ends with now. */
  readonly last: Sequence;
}

const LOG_KEY = 'taffrail.log';
const SEGMENT_KEY = 'taffrail.segment';
const COPY_KEY = 'taffrail.copy';
const STATE_KEY = 'taffrail.state';

/** Every stream that belongs to a log, in no order. */
export async function logStreams(link: NatsLink, log: string): Promise<readonly LogStream[]> {
  const streams: LogStream[] = [];
  for (let offset = 0; ;) {
    const page = await callJetStream<StreamPage>(link, 'STREAM.LIST', { offset });
    if ((page.missing ?? []).length > 0) {
      throw new OperatingError('unavailable', `NATS cannot tell of the streams ${page.missing?.join(', ')} now`);
    }
    const found = page.streams ?? [];
    for (const info of found) {
      const one = logStream(info, log);
      if (one !== undefined) streams.push(one);
    }
    offset += found.length;
    if (found.length === 0 || offset >= page.total) return streams;
  }
}

interface StreamPage {
  readonly total: number;
  readonly streams?: readonly StreamInfo[] | null;
  readonly missing?: readonly string[] | null;
}

/** Reads what a stream is to a log; undefined: nothing. The stream of the log's own name needs no metadata. */
function logStream({ config, state }: StreamInfo, log: string): LogStream | undefined {
  const { metadata = {}, name: stream } = config;
  const owner = metadata[LOG_KEY] ?? (stream === log ? log : undefined);
  if (owner !== log) return undefined;
  const [segment, copy] = [Number(metadata[SEGMENT_KEY] ?? 1), Number(metadata[COPY_KEY] ?? 1)];
  if (!Number.isSafeInteger(segment) || !Number.isSafeInteger(copy) || segment < 1 || copy < 1) {
    throw new OperatingError('protocol', `stream ${stream} does not say which segment of log ${log} it holds`);
  }
  return {
    stream,
    segment,
    copy,
    complete: (metadata[STATE_KEY] ?? 'complete') === 'complete',
    first: sequence(Math.max(1, config.first_seq ?? 1)),
    start: sequence(Math.max(1, state.messages === 0 ? state.last_seq + 1 : state.first_seq)),
    last: sequence(state.last_seq),
  };
}

/**
 * The segments in use, oldest first; empty for a log that was never made. Throws OperatingError `log-gap` when one in the
 * middle is missing (or the first, unless the log is `trimmable` and has outlived it).
 */
export function segmentsInUse(
  log: string,
  streams: readonly LogStream[],
  { trimmable }: { readonly trimmable: boolean },
): readonly LogStream[] {
  const segments = newestCopies(streams);
  const opening = trimmable ? (segments[0]?.segment ?? 1) : 1;
  for (const [index, { segment }] of segments.entries()) {
    if (segment === opening + index) continue;
    throw new OperatingError('log-gap', `log ${log}: segment ${opening + index} is missing`);
  }
  return segments;
}

/** The newest complete copy of each segment there is, oldest segment first. */
export function newestCopies(streams: readonly LogStream[]): readonly LogStream[] {
  const newest = new Map<number, LogStream>();
  for (const stream of streams) {
    if (!stream.complete) continue;
    const known = newest.get(stream.segment);
    if (known === undefined || known.copy < stream.copy) newest.set(stream.segment, stream);
  }
  return [...newest.values()].toSorted((a, b) => a.segment - b.segment);
}

/** Takes no more messages into a stream, for ever: a writer that still has it open must not write past its copy. */
export async function sealStream(link: NatsLink, stream: string): Promise<void> {
  const { config } = await streamInfo(link, stream);
  if (config.sealed) return;
  await callJetStream(link, `STREAM.UPDATE.${stream}`, { ...config, sealed: true });
}

/** Removes streams that a copy has taken the place of. Resolves with their names. */
export async function discardReplaced(link: NatsLink, log: string): Promise<readonly string[]> {
  const streams = await logStreams(link, log);
  const inUse = new Set(newestCopies(streams).map(({ stream }) => stream));
  const replaced = streams.filter(({ stream, complete }) => complete && !inUse.has(stream)).map(({ stream }) => stream);
  for (const stream of replaced) await callJetStream(link, `STREAM.DELETE.${stream}`);
  return replaced;
}

/** A stream to be filled with a segment. It is not part of the log before `complete`. */
export interface FillingSegment {
  readonly log: WindowLog;
  readonly stream: string;
  /** Takes it into use. */
  complete(): Promise<void>;
}

/**
 * Makes the stream of a new segment, or of another copy of one that is there, with its first sequence. One that was
 * begun and never completed is taken up again: its head says how far it came.
 */
export async function fillSegment(
  link: NatsLink,
  options: {
    readonly log: string;
    readonly trimmable: boolean;
    readonly segment: number;
    /** Undefined: the next one after what is there. */
    readonly copy?: number;
    readonly first: Sequence;
  },
): Promise<FillingSegment> {
  const { log, trimmable, segment, first } = options;
  const streams = await logStreams(link, log);
  const ofSegment = streams.filter((one) => one.segment === segment);
  const copies = ofSegment.filter((one) => one.complete).map((one) => one.copy);
  const copy = options.copy ?? Math.max(0, ...copies) + 1;
  const begun = ofSegment.find((one) => !one.complete && one.copy === copy && one.first === first);
  const stream = begun?.stream ?? freeName(log, streams);
  const settings = {
    ...commitStream({ stream, trimmable }),
    ...(first > 1 ? { first_seq: first } : {}),
  };
  const metadata = { [LOG_KEY]: log, [SEGMENT_KEY]: String(segment), [COPY_KEY]: String(copy) };
  if (begun === undefined) await ensureStream(link, { ...settings, metadata: { ...metadata, [STATE_KEY]: 'filling' } });
  return {
    log: streamLog(link, { log, stream, trimmable }),
    stream,
    async complete() {
      const { config } = await callJetStream<StreamInfo>(link, `STREAM.INFO.${stream}`);
      await callJetStream(link, `STREAM.UPDATE.${stream}`, {
        ...config,
        metadata: { ...metadata, [STATE_KEY]: 'complete' },
      });
    },
  };
}

/** The log's own name is free for a log that was never made; otherwise `LOG-2`, `LOG-3`, … */
function freeName(log: string, streams: readonly LogStream[]): string {
  const taken = new Set(streams.map((one) => one.stream));
  for (let number = 1; ; number++) {
    const name = number === 1 ? log : `${log}-${number}`;
    if (!taken.has(name)) return name;
  }
}
