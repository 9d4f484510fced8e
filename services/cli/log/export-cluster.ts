import { readCheckpoints } from '@taffrail/log/checkpoint-stream';
import { connectNats, type NatsLink } from '@taffrail/log/connect';
import { exportLogs, type ExportedLog } from '@taffrail/log/export-log';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { logStreams } from '@taffrail/log/segments';
import { revisionOf, sequence, type Sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { componentLogger } from '@taffrail/platform/logger';
import type { ClusterRecord } from '../cluster/cluster-record.ts';

const PROGRESS_MS = 2_000;

/** Writes the logs of a running cluster, as of one moment, with their checkpoints to a file, and prints what it holds. */
export async function exportCluster(
  { natsUrl: url }: ClusterRecord,
  options: { readonly file: string; readonly output: 'text' | 'json'; readonly signal: AbortSignal },
): Promise<void> {
  const { file, output, signal } = options;
  const logger = componentLogger('log-export');
  const startedMs = systemClock.monotonicMs();
  const link = await connectNats({ url, name: 'taffrail-export', clock: systemClock, logger, signal });
  try {
    const logs = await presentLogs(link, signal);
    let toldMs = startedMs;
    const done = await exportLogs({
      file,
      logs,
      checkpoints: await readCheckpoints(link, signal),
      nowMs: systemClock.nowMs(),
      signal,
      onProgress({ log, sequence: at, until, bytes }) {
        if (systemClock.monotonicMs() - toldMs < PROGRESS_MS) return;
        toldMs = systemClock.monotonicMs();
        console.error(`${log}: ${at} of ${until}, ${Math.round(bytes / 1024 / 1024)} MiB`);
      },
    });
    const ms = Math.round(systemClock.monotonicMs() - startedMs);
    const revision = String(revisionOf(headOf(logs), 0));
    if (output === 'json') console.log(JSON.stringify({ file, revision, ...done, ms }));
    else {
      const how = done.resumed ? 'completed' : 'wrote';
      console.log(
        `${how} ${file}: ${done.commits} commits, ${done.events} events up to revision ${revision}, ${done.bytes} bytes (${ms} ms)`,
      );
    }
  } finally {
    await link.close();
  }
}

/** The logs with where they end now; `LOG` is asked first, so that the others are at least as new. */
async function presentLogs(link: NatsLink, signal: AbortSignal): Promise<readonly ExportedLog[]> {
  const logs: ExportedLog[] = [];
  for (const { name, trimmable } of [
    { name: 'LOG', trimmable: false },
    { name: 'EVENTS', trimmable: true },
  ]) {
    if (trimmable && (await logStreams(link, name)).length === 0) continue;
    const log = await openJetStreamLog(link, { name, trimmable, existing: true });
    const { sequence: until } = await log.head(signal);
    logs.push({ log, first: await log.first(signal), until });
  }
  return logs;
}

function headOf(logs: readonly ExportedLog[]): Sequence {
  return logs[0]?.until ?? sequence(0);
}
