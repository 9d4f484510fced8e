import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { clusterKeyFile } from '@taffrail/log/cluster-key';
import { startNats } from '@taffrail/embedded/nats-server';
import { connectNats, type NatsLink } from '@taffrail/log/connect';
import { importLogs } from '@taffrail/log/import-log';
import { KEYS_STREAM, openJetStreamKeyStore } from '@taffrail/log/jetstream-key-store';
import { readKeyFile, restoreKeys } from '@taffrail/log/key-file';
import { logStreams } from '@taffrail/log/segments';
import { revisionOf } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { componentLogger } from '@taffrail/platform/logger';
import { newUid, systemRandom } from '@taffrail/platform/random';
import { ensureDataDirectory } from '../cluster/cluster-directory.ts';
import { lockDataDirectory } from '../cluster/supervisor-lock.ts';

/** Where a backup's wrapped keys are unless they were moved. */
export function keyFileBeside(file: string): string {
  return `${file}.keys`;
}

const PROGRESS_MS = 2_000;

/**
 * Puts the logs of a file into a data directory on which nothing runs, with a NATS of its own that it stops again. With
 * `reopen` the logs go on in a new segment, above every revision that was ever given out. The next `up` projects it all.
 */
export async function importCluster(
  directory: string,
  options: {
    readonly file: string;
    /** The wrapped keys; `<file>.keys` when it is there and this is absent. */
    readonly keyFile?: string;
    readonly reopen: boolean;
    readonly output: 'text' | 'json';
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { file, reopen, output, signal } = options;
  const dataDir = ensureDataDirectory(directory);
  using lock = lockDataDirectory(dataDir);
  if (lock.wasStale) console.error('an earlier run on this data directory ended without stopping; taking over');
  const startedMs = systemClock.monotonicMs();
  const server = await startNats({ storeDir: join(dataDir, 'nats'), clock: systemClock, random: systemRandom, signal });
  try {
    const logger = componentLogger('log-import');
    const link = await connectNats({ url: server.url, name: 'taffrail-import', clock: systemClock, logger, signal });
    try {
      let toldMs = startedMs;
      const keys = await importKeys(link, keyFileOf(options), signal);
      const { logs, sealed } = await importLogs(link, {
        file,
        signal,
        ...(reopen ? { reopen: { incarnation: newUid(systemRandom), nowMs: systemClock.nowMs() } } : {}),
        onProgress({ log, sequence }) {
          if (systemClock.monotonicMs() - toldMs < PROGRESS_MS) return;
          toldMs = systemClock.monotonicMs();
          console.error(`${log}: ${sequence}`);
        },
      });
      const ms = Math.round(systemClock.monotonicMs() - startedMs);
      const shown = logs.map(({ log, commits, events, head, hash, opened }) => {
        const goesOn = opened === undefined ? {} : { opened: String(revisionOf(opened, 0)) };
        return { log, commits, events, head, hash, ...goesOn, ms };
      });
      if (output === 'json') console.log(JSON.stringify(shown));
      else for (const log of shown) console.log(lineOf(log, dataDir));
      for (const line of keyNotices(dataDir, file, keys, sealed)) console.error(`taffrail: ${line}`);
    } finally {
      await link.close();
    }
  } finally {
    await server.stop();
  }
}

/** The file of keys that is meant; undefined when there is none. */
function keyFileOf({ file, keyFile }: { readonly file: string; readonly keyFile?: string }): string | undefined {
  return keyFile ?? (existsSync(keyFileBeside(file)) ? keyFileBeside(file) : undefined);
}

/** Keys first: a run that is broken off is taken up only as long as the logs do not count. */
async function importKeys(link: NatsLink, file: string | undefined, signal: AbortSignal): Promise<number | undefined> {
  if (file === undefined) return undefined;
  const keys = await readKeyFile(file);
  // Where there is a log already nothing is touched; importing it says so.
  if ((await logStreams(link, 'LOG')).some(({ complete }) => complete)) return undefined;
  await restoreKeys(await openJetStreamKeyStore(link, KEYS_STREAM), keys, signal);
  return keys.size;
}

function* keyNotices(dataDir: string, file: string, keys: number | undefined, sealed: boolean): Generator<string> {
  if (keys === undefined) {
    if (!sealed) return;
    yield `no keys were restored: the Secrets of ${file} stay unreadable (a backup writes their keys to ${keyFileBeside(file)}; --keys names another file)`;
    return;
  }
  const clusterKey = clusterKeyFile(dataDir);
  if (existsSync(clusterKey)) return;
  yield `put the cluster key to ${clusterKey} before you start it, or it will not: the keys that were restored are wrapped with it`;
}

function lineOf(
  log: { readonly log: string; readonly commits: number; readonly events: number; readonly opened?: string },
  dataDir: string,
): string {
  const goesOn = log.opened === undefined ? '' : `, goes on at revision ${log.opened}`;
  return `${log.log}: ${log.commits} commits, ${log.events} events in ${dataDir}${goesOn}`;
}
