import { OperatingError } from '@taffrail/platform/failure';
import { RequestFailed, type NatsLink } from './connect.ts';

/** JetStream's own error numbers that mean something to us (server: `errors.json`). */
export const jetStreamErrors = Object.freeze({
  notEnabled: 10076,
  notEnabledForAccount: 10039,
  clusterNotAvailable: 10008,
  insufficientResources: 10023,
  memoryExceeded: 10028,
  storageExceeded: 10047,
  messageTooLarge: 10054,
  streamNameInUse: 10058,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
  wrongLastSequenceInFlight: 10164,
  storeFailed: 10077,
  noMessage: 10037,
  consumerNotFound: 10014,
});

/** An answer of JetStream that says no. */
export class JetStreamRefusal extends Error {
  override readonly name = 'JetStreamRefusal';
  readonly errorCode: number;
  constructor(what: string, errorCode: number, description: string) {
    super(`${what}: ${description} (${errorCode})`);
    this.errorCode = errorCode;
  }
}

const API_TIMEOUT_MS = 5_000;

/**
 * One call of the JetStream API, e.g. `STREAM.INFO.LOG`. Throws JetStreamRefusal when it says no, OperatingError
 * `unavailable` when nothing answers.
 */
export async function callJetStream<Answer>(link: NatsLink, operation: string, body: object = {}): Promise<Answer> {
  try {
    const reply = await link.request(`$JS.API.${operation}`, JSON.stringify(body), { timeoutMs: API_TIMEOUT_MS });
    return parseAnswer<Answer>(operation, reply.data);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    throw new OperatingError('unavailable', `NATS does not answer ${operation}: ${error.message}`, { cause: error });
  }
}

/** Decodes an answer of JetStream or a publish acknowledgement. */
export function parseAnswer<Answer>(what: string, data: Uint8Array): Answer {
  let answer: { readonly error?: { readonly err_code?: number; readonly description?: string } };
  try {
    answer = JSON.parse(Buffer.from(data).toString());
  } catch (error) {
    throw new OperatingError('protocol', `${what}: JetStream answered something that is not JSON`, { cause: error });
  }
  if (answer.error !== undefined) {
    throw new JetStreamRefusal(what, answer.error.err_code ?? 0, answer.error.description ?? 'no reason given');
  }
  return answer as Answer;
}

/** Whether something thrown is a given refusal of JetStream. */
export function isRefusal(thrown: unknown, errorCode: number): thrown is JetStreamRefusal {
  return thrown instanceof JetStreamRefusal && thrown.errorCode === errorCode;
}
