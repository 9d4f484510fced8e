import type { Sequence } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import { signCheckpoint, type Checkpoint, type CheckpointKey } from './checkpoint.ts';
import { storeCheckpoint } from './checkpoint-stream.ts';
import { inspectCommit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import type { NatsLink } from './connect.ts';

/** Signs where a log stands now, as its leader tells it. Throws OperatingError `log-gap` when the log holds nothing. */
export async function signHead(
  log: CommitLog,
  { key, nowMs, signal }: { readonly key: CheckpointKey; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<Checkpoint> {
  const { sequence: head } = await log.head(signal);
  for await (const { payload, sequence: at } of log.read({ from: head, until: head, signal })) {
    const { hash, timeMs } = inspectCommit(payload, at);
    return signCheckpoint({ log: log.name, sequence: at, hash, commitTimeMs: timeMs, signedMs: nowMs }, key);
  }
  throw new OperatingError('log-gap', `log ${log.name} holds nothing that could be signed`);
}

/** Signs the heads of logs from time to time, when they have moved. The returned function ends that. */
export function startCheckpoints(options: {
  readonly link: NatsLink;
  readonly logs: readonly CommitLog[];
  readonly key: CheckpointKey;
  readonly clock: Clock;
  readonly logger: Logger;
}): () => void {
  const { link, logs, key, clock, logger } = options;
  const stopping = new AbortController();
  const signed = new Map<string, Sequence>();
  let cancel = (): void => undefined;

  async function turn(): Promise<void> {
    for (const log of logs) {
      const { sequence: head } = await log.head(stopping.signal);
      if (head === 0 || signed.get(log.name) === head) continue;
      const checkpoint = await signHead(log, { key, nowMs: clock.nowMs(), signal: stopping.signal });
      await storeCheckpoint(link, checkpoint);
      signed.set(log.name, checkpoint.sequence);
    }
  }
  const next = (): void => {
    cancel = clock.after(limits.checkpointIntervalMs, () => {
      turn()
        .catch((thrown: unknown) => {
          if (!stopping.signal.aborted) logger.warn({ error: messageOf(thrown) }, 'signing a checkpoint failed');
        })
        .finally(() => {
          if (!stopping.signal.aborted) next();
        });
    });
  };
  next();
  return () => {
    stopping.abort();
    cancel();
  };
}
