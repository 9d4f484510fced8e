import { openPresentLogs } from '@taffrail/log/cluster-logs';
import { connectNats } from '@taffrail/log/connect';
import { systemClock } from '@taffrail/platform/clock';
import { componentLogger } from '@taffrail/platform/logger';
import { openDatabase } from '@taffrail/projection/database';
import { digestObjects } from '@taffrail/projection/dump';
import { migrate } from '@taffrail/projection/migrate';
import { rebuild, type RebuildProgress } from '@taffrail/projection/rebuild';
import type { ClusterRecord } from '../cluster/cluster-record.ts';

const PROGRESS_MS = 2_000;

/** Rebuilds the projection and prints what it came to. Throws OperatingError as `rebuild` does. */
export async function rebuildProjection(
  { natsUrl, databaseUrl: url }: ClusterRecord,
  output: 'text' | 'json',
  signal: AbortSignal,
): Promise<void> {
  const logger = componentLogger('rebuild');
  const startedMs = systemClock.monotonicMs();
  const link = await connectNats({ url: natsUrl, name: 'taffrail-rebuild', clock: systemClock, logger, signal });
  try {
    await migrate(url);
    const logs = await openPresentLogs(link);
    const { commits, events } = await rebuild({ url, logs, signal, onProgress: progressPrinter() });
    const ms = Math.round(systemClock.monotonicMs() - startedMs);
    const { objects, hash } = await digest(url);
    if (output === 'json') console.log(JSON.stringify({ commits, events, objects, hash, ms }));
    else {
      console.log(
        `rebuilt ${objects} objects from ${commits} commits with ${events} events in ${ms} ms (sha256 ${hash})`,
      );
    }
  } finally {
    await link.close();
  }
}

function progressPrinter(): (progress: RebuildProgress) => void {
  let toldMs = systemClock.monotonicMs();
  return ({ log, sequence, head, events }) => {
    if (systemClock.monotonicMs() - toldMs < PROGRESS_MS) return;
    toldMs = systemClock.monotonicMs();
    console.error(`${log}: ${sequence} of ${head} commits, ${events} events`);
  };
}

async function digest(url: string): Promise<{ readonly objects: number; readonly hash: string }> {
  const database = openDatabase({ url, name: 'taffrail-digest', connectionsCount: 1 });
  try {
    return await digestObjects(database);
  } finally {
    await database.end({ timeout: 5 });
  }
}
