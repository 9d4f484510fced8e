import { readCheckpoints } from '@taffrail/log/checkpoint-stream';
import { openPresentLogs } from '@taffrail/log/cluster-logs';
import { connectNats, type NatsLink } from '@taffrail/log/connect';
import { exportLogs, type ExportedLog } from '@taffrail/log/export-log';
import { KEYS_STREAM, openJetStreamKeyStore } from '@taffrail/log/jetstream-key-store';
import { writeKeyFile } from '@taffrail/log/key-file';
import { hasStream } from '@taffrail/log/stream';
import { revisionOf, sequence, type Sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { componentLogger } from '@taffrail/platform/logger';
import type { ClusterRecord } from '../cluster/cluster-record.ts';
import { excerptLogs, type ExcerptRequest } from './excerpt-logs.ts';

const PROGRESS_MS = 2_000;

/** Writes the logs of a running cluster, as of one moment, with their checkpoints to a file, and prints what it holds. */
export async function exportCluster(
  { natsUrl: url }: ClusterRecord,
  options: {
    readonly file: string;
    /** Where the wrapped keys go as well: a backup has them, an export for auditors has not. */
    readonly keyFile?: string;
    /** Only the commits of a time range, with what proves that none is missing. */
    readonly excerpt?: ExcerptRequest;
    readonly output: 'text' | 'json';
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { file, keyFile, excerpt, output, signal } = options;
  const logger = componentLogger('log-export');
  const startedMs = systemClock.monotonicMs();
  const link = await connectNats({ url, name: 'taffrail-export', clock: systemClock, logger, signal });
  try {
    const whole = await presentLogs(link, signal);
    const signed = await readCheckpoints(link, signal);
    const { logs, checkpoints } =
      excerpt === undefined
        ? { logs: whole, checkpoints: signed }
        : await excerptLogs(link, whole, signed, excerpt, signal);
    let toldMs = startedMs;
    const done = await exportLogs({
      file,
      logs,
      checkpoints,
      ...(excerpt === undefined ? {} : { range: excerpt.range }),
      nowMs: systemClock.nowMs(),
      signal,
      onProgress({ log, sequence: at, until, bytes }) {
        if (systemClock.monotonicMs() - toldMs < PROGRESS_MS) return;
        toldMs = systemClock.monotonicMs();
        console.error(`${log}: ${at} of ${until}, ${Math.round(bytes / 1024 / 1024)} MiB`);
      },
    });
    // After the log: every key that a commit up to its end uses is there by now.
    const keys = keyFile === undefined ? undefined : await exportKeys(link, keyFile, signal);
    const ms = Math.round(systemClock.monotonicMs() - startedMs);
    const revision = String(revisionOf(headOf(logs), 0));
    if (output === 'json') console.log(JSON.stringify({ file, revision, ...done, keys, ms }));
    else {
      const how = done.resumed ? 'completed' : 'wrote';
      console.log(
        `${how} ${file}: ${done.commits} commits, ${done.events} events up to revision ${revision}, ${done.bytes} bytes (${ms} ms)`,
      );
      for (const { log, before } of done.cut) {
        console.log(`${log} begins at commit ${before}: what was before had been cut off`);
      }
      if (keys !== undefined) {
        console.log(
          `wrote ${keys.file}: the wrapped keys of ${keys.count} encrypted objects; keep it apart from the log and no longer than needed`,
        );
        console.log('a restore needs the cluster key as well (keys/cluster.key): keep a copy outside of the cluster');
      }
    }
  } finally {
    await link.close();
  }
}

/** Undefined when nothing was ever encrypted. The proof of the cluster key is no object's key and not counted. */
async function exportKeys(
  link: NatsLink,
  file: string,
  signal: AbortSignal,
): Promise<{ readonly file: string; readonly count: number } | undefined> {
  if (!(await hasStream(link, KEYS_STREAM))) return undefined;
  const store = await openJetStreamKeyStore(link, KEYS_STREAM);
  const kept = await writeKeyFile(file, store, systemClock.nowMs(), signal);
  return { file, count: Math.max(0, kept - 1) };
}

/** The logs with where they end now; `LOG` is asked first, so that the others are at least as new. */
async function presentLogs(link: NatsLink, signal: AbortSignal): Promise<readonly ExportedLog[]> {
  const logs: ExportedLog[] = [];
  for (const log of await openPresentLogs(link)) {
    const { sequence: until } = await log.head(signal);
    logs.push({ log, first: await log.first(signal), until });
  }
  return logs;
}

function headOf(logs: readonly ExportedLog[]): Sequence {
  return logs[0]?.until ?? sequence(0);
}
