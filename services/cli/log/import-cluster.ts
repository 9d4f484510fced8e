import { join } from 'node:path';
import { startNats } from '@taffrail/embedded/nats-server';
import { connectNats } from '@taffrail/log/connect';
import { importLogs } from '@taffrail/log/import-log';
import { revisionOf } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { componentLogger } from '@taffrail/platform/logger';
import { newUid, systemRandom } from '@taffrail/platform/random';
import { ensureDataDirectory } from '../cluster/cluster-directory.ts';
import { lockDataDirectory } from '../cluster/supervisor-lock.ts';

const PROGRESS_MS = 2_000;

/**
 * Puts the logs of a file into a data directory on which nothing runs, with a NATS of its own that it stops again. With
 * `reopen` the logs go on in a new segment, above every revision that was ever given out. The next `up` projects it all.
 */
export async function importCluster(
  directory: string,
  options: {
    readonly file: string;
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
      const { logs } = await importLogs(link, {
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
    } finally {
      await link.close();
    }
  } finally {
    await server.stop();
  }
}

function lineOf(
  log: { readonly log: string; readonly commits: number; readonly events: number; readonly opened?: string },
  dataDir: string,
): string {
  const goesOn = log.opened === undefined ? '' : `, goes on at revision ${log.opened}`;
  return `${log.log}: ${log.commits} commits, ${log.events} events in ${dataDir}${goesOn}`;
}
