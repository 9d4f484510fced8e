import { headers } from '@nats-io/transport-node';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { RequestFailed, throwIfAborted, type NatsLink } from './connect.ts';
import { JetStreamRefusal, jetStreamErrors, parseAnswer } from './jetstream-api.ts';

/** One message that is stored only behind exactly the sequence its fence names. */
export interface FencedMessage {
  readonly stream: string;
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly fence: {
    readonly header: 'Nats-Expected-Last-Sequence' | 'Nats-Expected-Last-Subject-Sequence';
    readonly last: Sequence;
  };
}

export type PublishResult =
  | { readonly outcome: 'stored'; readonly sequence: Sequence }
  /**
   * The fence did not hold. `uncertain`: an earlier attempt had no answer, so what stands there may be ours: compare.
   * `last` is where the stream (or subject) stands, when the server said so.
   */
  | { readonly outcome: 'refused'; readonly last: Sequence | undefined; readonly uncertain: boolean };

/**
 * Publishes the identical bytes under the same fence until the server says what came of it. An unanswered attempt proves
 * nothing, and neither would a look at the stream: the message may still be on its way. Only the fence decides, because
 * once it answers, one message stands behind `fence.last` and no late one can.
 *
 * One case has an answer although the server gives none: with its disk full it drops a message in silence. `settle` finds
 * that out.
 *
 * Throws OperatingError `unavailable` or `storage-full` (certainly not stored), `aborted` (outcome unknown).
 */
export async function publishFenced(
  link: NatsLink,
  message: FencedMessage,
  signal?: AbortSignal,
): Promise<PublishResult> {
  let uncertain = false;
  let reason = 'no connection';
  /** Attempts without an answer may have been made on this connection only; undefined when there was none, or another one. */
  let onlyConnection: number | undefined;
  const attempts = (): number => (uncertain ? limits.publishAttemptsCount : limits.publishCertainAttemptsCount);
  for (let attempt = 0; attempt < attempts(); attempt++) {
    throwIfAborted(signal);
    if (attempt > 0) await pause(link, signal);
    if (!(await link.whenConnected(limits.publishTimeoutMs, signal))) {
      if (!uncertain) break;
      continue;
    }
    const connection = link.connections();
    const result = await attemptOnce(link, message);
    if (result.type === 'stored') return { outcome: 'stored', sequence: result.sequence };
    if (result.type === 'refused') return { outcome: 'refused', last: result.last, uncertain };
    if (result.type === 'failed' && !uncertain) throw result.error;
    reason = result.type === 'failed' ? result.error.message : result.reason;
    if (result.type !== 'unanswered') continue;
    onlyConnection = uncertain && onlyConnection !== connection ? undefined : connection;
    uncertain = true;
    if (onlyConnection !== undefined) await settle(link, message, onlyConnection);
  }
  throw uncertain
    ? new OperatingError('aborted', `stream ${message.stream}: the outcome of a publish is unknown (${reason})`)
    : new OperatingError('unavailable', `stream ${message.stream} takes no writes: ${reason}`);
}

/** A fence no stream can meet: a message behind it is always refused, and the refusal says where the stream stands. */
const IMPOSSIBLE = sequence(Number.MAX_SAFE_INTEGER);

/**
 * Asks whether unanswered attempts were dropped, by sending a message with an impossible fence behind them on the same
 * connection. A stream works off what one connection sends in order: when the refusal says that it still stands where our fence
 * does, every attempt before it has been dealt with and none was stored. The server answers everything but a failing
 * store, so the message says so: throws OperatingError `storage-full`. Returns when nothing was proved.
 */
async function settle(link: NatsLink, message: FencedMessage, connection: number): Promise<void> {
  if (!link.connected() || link.connections() !== connection) return;
  const probe = { ...message, payload: new Uint8Array(), fence: { ...message.fence, last: IMPOSSIBLE } };
  const result = await attemptOnce(link, probe);
  if (link.connections() !== connection || result.type !== 'refused' || result.last !== message.fence.last) return;
  throw new OperatingError(
    'storage-full',
    `stream ${message.stream}: the server drops what it is sent, as one whose disk is full does; make room and restart it`,
  );
}

async function pause(link: NatsLink, signal: AbortSignal | undefined): Promise<void> {
  await link.clock.sleep(limits.publishRetryDelayMs, signal).catch(() => throwIfAborted(signal));
}

type Attempt =
  | { readonly type: 'stored'; readonly sequence: Sequence }
  | { readonly type: 'refused'; readonly last: Sequence | undefined }
  /** Certainly not stored, and trying again at once is of no use. */
  | { readonly type: 'failed'; readonly error: OperatingError }
  /** Certainly not stored by this attempt; a later one may be. */
  | { readonly type: 'unheard'; readonly reason: string }
  | { readonly type: 'unanswered'; readonly reason: string };

async function attemptOnce(link: NatsLink, message: FencedMessage): Promise<Attempt> {
  const { subject, payload, fence } = message;
  const fenced = headers();
  fenced.set(fence.header, String(fence.last));
  try {
    const reply = await link.request(subject, payload, { headers: fenced, timeoutMs: limits.publishTimeoutMs });
    const { seq } = parseAnswer<{ readonly seq: number }>(`publish to ${message.stream}`, reply.data);
    return { type: 'stored', sequence: sequence(seq) };
  } catch (error) {
    if (error instanceof JetStreamRefusal) return refusedAttempt(message, error);
    if (error instanceof RequestFailed) {
      return { type: error.delivered === 'no' ? 'unheard' : 'unanswered', reason: error.message };
    }
    throw error;
  }
}

function refusedAttempt(message: FencedMessage, refusal: JetStreamRefusal): Attempt {
  switch (refusal.errorCode) {
    case jetStreamErrors.wrongLastSequence:
    case jetStreamErrors.wrongLastSequenceInFlight: {
      const last = /wrong last sequence: (\d+)/.exec(refusal.message)?.[1];
      return { type: 'refused', last: last === undefined ? undefined : sequence(Number(last)) };
    }
    case jetStreamErrors.storeFailed:
    case jetStreamErrors.insufficientResources:
    case jetStreamErrors.memoryExceeded:
    case jetStreamErrors.storageExceeded:
      return {
        type: 'failed',
        error: new OperatingError('storage-full', `stream ${message.stream} is full: ${refusal.message}`, {
          cause: refusal,
        }),
      };
    case jetStreamErrors.clusterNotAvailable:
    case jetStreamErrors.notEnabled:
    case jetStreamErrors.notEnabledForAccount:
      return { type: 'unheard', reason: refusal.message };
    default:
      return {
        type: 'failed',
        error: new OperatingError('protocol', `stream ${message.stream} refuses a message: ${refusal.message}`, {
          cause: refusal,
        }),
      };
  }
}
