import type { StreamInfo } from '@nats-io/jetstream';
import { callJetStream, isRefusal, jetStreamErrors } from '@taffrail/log/jetstream-api';
import type { NatsLink } from '@taffrail/log/connect';
import { ensureStream } from '@taffrail/log/stream';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { RELIST_SUBJECT } from './route.ts';

export const FEED_STREAM = 'FEED';
const NANOS_PER_MS = 1_000_000;

/**
 * Makes sure that FEED is there: in memory, bounded, old messages going first. It is derived, so one with other settings
 * (made by another version) is simply replaced; its followers notice and relist.
 */
export async function ensureFeedStream(link: NatsLink): Promise<StreamInfo> {
  const ensure = async (): Promise<StreamInfo> =>
    await ensureStream(link, {
      name: FEED_STREAM,
      subjects: ['feed.>', RELIST_SUBJECT],
      storage: 'memory',
      discard: 'old',
      max_bytes: limits.feedBytes,
      max_age: limits.feedAgeMs * NANOS_PER_MS,
      duplicate_window: limits.feedDuplicateMs * NANOS_PER_MS,
      deny_delete: false,
    });
  try {
    return await ensure();
  } catch (error) {
    if (!(error instanceof OperatingError && error.code === 'protocol')) throw error;
    await callJetStream(link, `STREAM.DELETE.${FEED_STREAM}`).catch((failure: unknown) => {
      if (!isRefusal(failure, jetStreamErrors.streamNotFound)) throw failure;
    });
    return await ensure();
  }
}
