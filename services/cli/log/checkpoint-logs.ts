import { writeFile } from 'node:fs/promises';
import { ensureCheckpoints, storeCheckpoint } from '@taffrail/log/checkpoint-stream';
import { fingerprintOf, type Checkpoint } from '@taffrail/log/checkpoint';
import { openPresentLogs } from '@taffrail/log/cluster-logs';
import { connectNats } from '@taffrail/log/connect';
import { ensureCheckpointKey } from '@taffrail/log/checkpoint-key';
import { signHead } from '@taffrail/log/head-checkpoint';
import { systemClock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { componentLogger } from '@taffrail/platform/logger';
import type { ClusterRecord } from '../cluster/cluster-record.ts';

/** Signs the heads of the logs, keeps the checkpoints beside them and hands them out, one JSON line each. */
export async function checkpointLogs(
  { natsUrl: url }: ClusterRecord,
  dataDir: string,
  { file, signal }: { readonly file?: string; readonly signal: AbortSignal },
): Promise<void> {
  const key = await ensureCheckpointKey(dataDir);
  const logger = componentLogger('log-checkpoint');
  const link = await connectNats({ url, name: 'taffrail-checkpoint', clock: systemClock, logger, signal });
  const checkpoints: Checkpoint[] = [];
  try {
    await ensureCheckpoints(link);
    for (const log of await openPresentLogs(link)) {
      const checkpoint = await signHead(log, { key, nowMs: systemClock.nowMs(), signal });
      await storeCheckpoint(link, checkpoint);
      checkpoints.push(checkpoint);
    }
  } finally {
    await link.close();
  }
  const text = checkpoints.map((checkpoint) => JSON.stringify(checkpoint)).join('\n');
  if (file === undefined) console.log(text);
  else {
    await writeFile(file, `${text}\n`).catch((error: unknown) => {
      throw new OperatingError('permission', `cannot write ${file}: ${messageOf(error)}`, { cause: error });
    });
  }
  console.error(`signed by the key ${fingerprintOf(key.publicKey)}`);
}
