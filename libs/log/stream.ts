import type { StreamConfig, StreamInfo } from '@nats-io/jetstream';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { NatsLink } from './connect.ts';
import { callJetStream, isRefusal, jetStreamErrors } from './jetstream-api.ts';

const NANOS_PER_MS = 1_000_000;

/** What every stream of ours has in common. Nothing is deduplicated, so the window is the least the server takes. */
const COMMON = {
  retention: 'limits',
  num_replicas: 1,
  max_consumers: -1,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
  max_msg_size: -1,
  discard: 'new',
  deny_delete: true,
  allow_direct: true,
  duplicate_window: 100 * NANOS_PER_MS,
} as const satisfies Partial<StreamConfig>;

/** Settings of a stream as we create it; what is left out is as in every stream of ours. */
export type StreamSettings = Partial<StreamConfig> & Pick<StreamConfig, 'name' | 'subjects' | 'storage'>;

/** The stream's state as its leader knows it. Throws OperatingError `unavailable`, or `log-gap` when there is no such stream. */
export async function streamInfo(link: NatsLink, name: string): Promise<StreamInfo> {
  try {
    return await callJetStream<StreamInfo>(link, `STREAM.INFO.${name}`);
  } catch (error) {
    if (!isRefusal(error, jetStreamErrors.streamNotFound)) throw error;
    throw new OperatingError('log-gap', `stream ${name} does not exist`, { cause: error });
  }
}

/** Whether there is a stream of that name. */
export async function hasStream(link: NatsLink, name: string): Promise<boolean> {
  try {
    await streamInfo(link, name);
    return true;
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'log-gap') return false;
    throw error;
  }
}

/**
 * Makes sure that a stream exists and keeps what it is given. An existing one is never changed: when it could lose
 * messages or was made otherwise, OperatingError `protocol` says how.
 */
export async function ensureStream(link: NatsLink, settings: StreamSettings): Promise<StreamInfo> {
  await requirePayload(link);
  const wanted = { ...COMMON, ...settings };
  try {
    return await existingStream(link, wanted);
  } catch (error) {
    if (!(error instanceof OperatingError && error.code === 'log-gap')) throw error;
  }
  try {
    return await callJetStream<StreamInfo>(link, `STREAM.CREATE.${settings.name}`, wanted);
  } catch (error) {
    // Somebody else made it in between, with settings that differ (the epoch of `first_seq`): theirs counts.
    if (isRefusal(error, jetStreamErrors.streamNameInUse)) return await existingStream(link, wanted);
    throw error;
  }
}

async function existingStream(link: NatsLink, wanted: StreamSettings): Promise<StreamInfo> {
  const found = await streamInfo(link, wanted.name);
  const checked = [
    'storage',
    'retention',
    'max_age',
    'max_msgs',
    'discard',
    'deny_delete',
    'max_msgs_per_subject',
  ] as const;
  for (const setting of checked) {
    if (wanted[setting] === undefined || found.config[setting] === wanted[setting]) continue;
    throw new OperatingError(
      'protocol',
      `stream ${wanted.name} exists with ${setting} ${String(found.config[setting])} where ${String(wanted[setting])} is needed`,
    );
  }
  return found;
}

/** A commit must fit into one message, headers included. */
async function requirePayload(link: NatsLink): Promise<void> {
  await link.whenConnected(limits.publishTimeoutMs);
  const offered = link.connection.info?.max_payload ?? 0;
  const needed = limits.commitBytes + 64 * 1024;
  if (offered >= needed) return;
  throw new OperatingError(
    'protocol',
    `this NATS server takes messages of ${offered} bytes; set max_payload to at least ${limits.natsMaxPayloadBytes} (8MB)`,
  );
}
