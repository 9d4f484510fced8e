import { createInbox, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { throwIfAborted, type NatsLink } from './connect.ts';
import { callJetStream, isRefusal, jetStreamErrors, JetStreamRefusal } from './jetstream-api.ts';
import { EVERY_DEFENCE, type ReaderDefences } from './reader-defences.ts';
import { streamInfo } from './stream.ts';
import { wakeup } from './wakeup.ts';

/** One message of a stream. */
export interface StreamMessage {
  readonly sequence: Sequence;
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  /** Its number among what its consumer has sent, from 1. */
  readonly delivery: number;
  /** The reader was slow: nothing was asked for before this message, so a stream that drops old ones may have dropped some. */
  readonly afterPause: boolean;
}

export interface PullOptions {
  readonly stream: string;
  /** First sequence to deliver. */
  readonly from: Sequence;
  /** Every sequence must be there: a missing one throws `log-gap`. False for streams that keep last values only. */
  readonly contiguous: boolean;
  readonly signal: AbortSignal;
  /** Absent: every one. */
  readonly defences?: ReaderDefences;
}

/** What one consumer reads. */
export interface PullSessionOptions {
  readonly stream: string;
  /** Subjects to deliver, none overlapping another; absent: all. */
  readonly subjects?: readonly string[];
  /** The watchdog's question after a quiet time: has the reader been left behind? Absent: nobody asks. */
  isLeftBehind?(): Promise<boolean>;
  readonly signal: AbortSignal;
  /** Absent: every one. */
  readonly defences?: ReaderDefences;
}

/** What a message is taken to measure before the first ones have come. */
const PRESUMED_BYTES = 64 * 1024;

const NANOS_PER_MS = 1_000_000;

/**
 * Follows a stream from a sequence, in order, for ever. Written on the bare pull protocol, because the client library's
 * ordered consumer stalls after a server restart: here the cursor is ours, and whenever the server's side may be gone
 * (reconnect, no heartbeat, consumer deleted, a head that moves on without us) a new consumer is made behind the cursor.
 * At most two pulls' worth of messages is held. Throws OperatingError `log-gap`, `log-behind`, `aborted`.
 */
export async function* pullStream(link: NatsLink, options: PullOptions): AsyncGenerator<StreamMessage> {
  const { stream, contiguous, signal, defences = EVERY_DEFENCE } = options;
  const progress: PullProgress = { cursor: options.from - 1, watchedMs: link.clock.monotonicMs() };
  const session: PullSessionOptions = {
    stream,
    signal,
    defences,
    ...(defences.watchdog ? { isLeftBehind: async () => await isLeftBehind(link, options, progress) } : {}),
  };
  for (;;) {
    throwIfAborted(signal);
    if (!(await link.whenConnected(limits.readerStaleMs, signal))) continue;
    try {
      for await (const message of pullSession(link, session, progress)) {
        if (defences.cursor && message.sequence <= progress.cursor) continue;
        if (contiguous && message.sequence !== progress.cursor + 1) {
          await requirePresent(link, stream, progress.cursor + 1);
          break;
        }
        progress.cursor = message.sequence;
        progress.watchedMs = link.clock.monotonicMs();
        yield message;
      }
    } catch (error) {
      if (isRefusal(error, jetStreamErrors.streamNotFound)) {
        throw new OperatingError('log-gap', `stream ${stream} does not exist`, { cause: error });
      }
      if (!isPassing(error)) throw error;
      await link.clock.sleep(limits.publishRetryDelayMs, signal).catch(() => throwIfAborted(signal));
    }
  }
}

/** How far a reader is, over all its consumers: a reader whose consumers never get anywhere is watched all the same. */
export interface PullProgress {
  cursor: number;
  /** When the cursor last moved or was compared with the head, monotonic milliseconds. */
  watchedMs: number;
}

/** Whether a failure is of the kind that a new consumer may overcome. */
function isPassing(error: unknown): boolean {
  if (error instanceof OperatingError) return error.retryable;
  return error instanceof JetStreamRefusal;
}

/** Throws `log-gap` when a sequence that has been passed over is really not there. */
async function requirePresent(link: NatsLink, stream: string, missing: number): Promise<void> {
  try {
    await callJetStream(link, `STREAM.MSG.GET.${stream}`, { seq: missing });
  } catch (error) {
    if (!isRefusal(error, jetStreamErrors.noMessage)) throw error;
    throw new OperatingError('log-gap', `stream ${stream}: message ${missing} is missing`, { cause: error });
  }
}

/** Messages of one consumer, from behind the progress's cursor; ends when the consumer can no longer be trusted to be alive. */
export async function* pullSession(
  link: NatsLink,
  options: PullSessionOptions,
  progress: PullProgress,
): AsyncGenerator<StreamMessage> {
  const { stream, signal, defences = EVERY_DEFENCE } = options;
  const { clock } = link;
  const connection = link.connections();
  const consumer = await createConsumer(link, options, progress.cursor + 1);
  const inbox = pullInbox(link, stream, consumer);
  let delivered = 0;
  const stopListening = link.onChange(inbox.arrived.wake);
  try {
    for (;;) {
      throwIfAborted(signal);
      if (defences.renewal && (link.connections() !== connection || !link.connected())) return;
      inbox.pullWhenLow();
      const message = inbox.take();
      if (message !== undefined) {
        delivered += 1;
        // The consumer counts what it sends: a count passed over is a message that was lost on its way.
        if (message.delivery !== delivered) return;
        yield message;
        continue;
      }
      if (clock.monotonicMs() - progress.watchedMs > limits.readerWatchdogMs) {
        progress.watchedMs = clock.monotonicMs();
        if ((await options.isLeftBehind?.()) === true) return;
        continue;
      }
      if (defences.renewal && (inbox.gone() || clock.monotonicMs() - inbox.heardMs() > limits.readerStaleMs)) return;
      const cancel = clock.after(limits.readerHeartbeatMs, inbox.arrived.wake);
      await inbox.arrived.wait(signal);
      cancel();
    }
  } finally {
    stopListening();
    inbox.close();
    deleteConsumer(link, stream, consumer);
  }
}

/** The watchdog: compares the cursor with the stream's head. Throws when messages are missing or the head went back. */
async function isLeftBehind(link: NatsLink, options: PullOptions, progress: PullProgress): Promise<boolean> {
  const { cursor } = progress;
  const { state } = await streamInfo(link, options.stream);
  if (state.last_seq < cursor) {
    throw new OperatingError(
      'log-behind',
      `stream ${options.stream} ends at ${state.last_seq}, but ${cursor} was read from it: it has lost messages`,
    );
  }
  if (state.last_seq === cursor) return false;
  if (options.contiguous) await requirePresent(link, options.stream, cursor + 1);
  return true;
}

async function createConsumer(link: NatsLink, options: PullSessionOptions, from: number): Promise<string> {
  const { stream, subjects, defences = EVERY_DEFENCE } = options;
  const name = createInbox('reader').replaceAll('.', '-');
  await callJetStream(link, `CONSUMER.CREATE.${stream}.${name}`, {
    stream_name: stream,
    config: {
      name,
      ack_policy: 'none',
      ...(defences.cursor ? { deliver_policy: 'by_start_sequence', opt_start_seq: from } : { deliver_policy: 'new' }),
      ...(subjects === undefined ? {} : { filter_subjects: subjects }),
      replay_policy: 'instant',
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: limits.readerInactiveMs * NANOS_PER_MS,
    },
    action: 'create',
  });
  return name;
}

/** Best effort: the server removes an idle consumer by itself after its inactive threshold. */
function deleteConsumer(link: NatsLink, stream: string, consumer: string): void {
  if (!link.connected()) return;
  link.connection.publish(`$JS.API.CONSUMER.DELETE.${stream}.${consumer}`);
}

interface PullInbox {
  readonly arrived: ReturnType<typeof wakeup>;
  /** The next message. Throws OperatingError `protocol` behind the last one that could be read. */
  take(): StreamMessage | undefined;
  /** Asks for another batch when none is under way and little is left. */
  pullWhenLow(): void;
  /** When the server last said anything, monotonic milliseconds. */
  heardMs(): number;
  /** The consumer does not exist any more. */
  gone(): boolean;
  close(): void;
}

function pullInbox(link: NatsLink, stream: string, consumer: string): PullInbox {
  const prefix = createInbox();
  const arrived = wakeup();
  const queue: StreamMessage[] = [];
  let heardMs = link.clock.monotonicMs();
  let awaited = 0;
  let pulls = 0;
  let gone = false;
  /** The last pull ended while there was more to come; the present one came after such an end. */
  let paused = false;
  let resumed = false;
  let failure: OperatingError | undefined;
  let averageBytes = PRESUMED_BYTES;
  const subscription = link.connection.subscribe(`${prefix}.*`, {
    callback(error, message) {
      if (error !== null) gone = true;
      else if (isStatus(message)) {
        const current = message.subject === `${prefix}.${pulls}`;
        const end = pullEnd(message.headers?.code ?? 0, message.headers?.description ?? '');
        if (end === 'gone') gone = true;
        if (end !== 'alive' && current) awaited = 0;
        if (end === 'full') paused = true;
      } else {
        awaited -= 1;
        averageBytes += (message.data.byteLength - averageBytes) / 16;
        const read = streamMessage(message, resumed);
        resumed = false;
        if (awaited === 0) paused = true;
        if (read === undefined) failure ??= unplaced(message);
        else queue.push(read);
      }
      heardMs = link.clock.monotonicMs();
      arrived.wake();
    },
  });
  return {
    arrived,
    take() {
      const message = queue.shift();
      if (message === undefined && failure !== undefined) throw failure;
      return message;
    },
    pullWhenLow() {
      if (awaited > 0 || gone || queue.length > limits.readerPullMinimumCount) return;
      pulls += 1;
      awaited = Math.round(
        Math.min(
          limits.readerPullCount,
          Math.max(limits.readerPullMinimumCount, limits.readerPullAimBytes / averageBytes),
        ),
      );
      resumed = paused;
      paused = false;
      heardMs = link.clock.monotonicMs();
      const request = {
        batch: awaited,
        max_bytes: limits.readerPullBytes,
        expires: limits.readerPullExpiryMs * NANOS_PER_MS,
        idle_heartbeat: limits.readerHeartbeatMs * NANOS_PER_MS,
      };
      link.connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(request), {
        reply: `${prefix}.${pulls}`,
      });
    },
    heardMs: () => heardMs,
    gone: () => gone,
    close: () => subscription.unsubscribe(),
  };
}

/** A message of the server itself: headers with a status, and no body. */
function isStatus(message: Msg): boolean {
  return message.data.byteLength === 0 && (message.headers?.code ?? 0) > 0;
}

/** What a status means for a pull: it goes on, it is over, it is over with more to come, or its consumer is gone. */
function pullEnd(code: number, description: string): 'alive' | 'over' | 'full' | 'gone' {
  if (code === 100) return 'alive';
  if (code === 408 || code === 404) return 'over';
  if (code === 409 && /MaxBytes|Batch Completed/i.test(description)) return 'full';
  return 'gone';
}

/**
 * Reads a delivered message. Its reply subject says where it stands:
 * `$JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.…`, on newer servers with domain and
 * account before the stream.
 */
function streamMessage(message: Msg, afterPause: boolean): StreamMessage | undefined {
  const tokens = (message.reply ?? '').split('.');
  const [at, delivery] = tokens.slice(tokens.length >= 11 ? 7 : 5).map(Number);
  if (!Number.isSafeInteger(at) || at === undefined || at <= 0 || delivery === undefined) {
    return undefined;
  }
  return {
    sequence: sequence(at),
    subject: message.subject,
    payload: message.data,
    // Decoded for those who ask: commits are read without.
    get headers() {
      return message.headers;
    },
    delivery,
    afterPause,
  };
}

function unplaced(message: Msg): OperatingError {
  return new OperatingError('protocol', `a message on ${message.subject} does not say where in its stream it stands`);
}
