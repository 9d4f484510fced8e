import { sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { readCheckpoint, type Checkpoint } from './checkpoint.ts';
import { RequestFailed, type NatsLink } from './connect.ts';
import { parseAnswer } from './jetstream-api.ts';
import { pullStream } from './pull-reader.ts';
import { ensureStream, streamInfo, type StreamSettings } from './stream.ts';
import { limits } from '@taffrail/platform/limits';

const STREAM: StreamSettings = {
  name: 'CHECKPOINTS',
  subjects: ['checkpoints.>'],
  storage: 'file',
  deny_purge: true,
};

/** Makes sure that checkpoints can be kept: a stream beside the logs, for ever. */
export async function ensureCheckpoints(link: NatsLink): Promise<void> {
  await ensureStream(link, STREAM);
}

/**
 * Keeps a checkpoint. Throws OperatingError `unavailable` when it may not have been stored: signing again later does no
 * harm, a checkpoint may be there twice.
 */
export async function storeCheckpoint(link: NatsLink, checkpoint: Checkpoint): Promise<void> {
  const subject = `checkpoints.${checkpoint.log.toLowerCase()}`;
  try {
    const reply = await link.request(subject, JSON.stringify(checkpoint), { timeoutMs: limits.publishTimeoutMs });
    parseAnswer(`publish to ${STREAM.name}`, reply.data);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    throw new OperatingError('unavailable', `the checkpoint was not stored: ${error.message}`, { cause: error });
  }
}

/** Every checkpoint there is, oldest first, its signature checked; none when nothing was ever signed. */
export async function readCheckpoints(link: NatsLink, signal: AbortSignal): Promise<readonly Checkpoint[]> {
  const last = await lastOf(link);
  const checkpoints: Checkpoint[] = [];
  if (last === 0) return checkpoints;
  const options = { stream: STREAM.name, from: sequence(1), contiguous: true, signal };
  for await (const message of pullStream(link, options)) {
    checkpoints.push(readCheckpoint(Buffer.from(message.payload).toString()));
    if (message.sequence >= last) break;
  }
  return checkpoints;
}

async function lastOf(link: NatsLink): Promise<number> {
  try {
    return (await streamInfo(link, STREAM.name)).state.last_seq;
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'log-gap') return 0;
    throw error;
  }
}
