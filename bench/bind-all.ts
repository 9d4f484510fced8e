import { systemClock } from '@taffrail/platform/clock';
import { bindChapter } from '@taffrail/projection/bind-chapter';
import type { Database } from '@taffrail/projection/database';
import { load, processorMs, seconds } from './questions.ts';

/**
 * Binds by object what there is, as an API server does in the background, and prints what it cost. `pid`: the process of
 * Postgres. No chapter is begun after `endMs` (monotonic).
 */
export async function bindAll(database: Database, pid: number, endMs = Number.POSITIVE_INFINITY): Promise<void> {
  const { signal } = new AbortController();
  const startedMs = systemClock.monotonicMs();
  const [ownBefore, postgresBeforeMs] = [process.cpuUsage(), processorMs(pid)];
  let [events, chapters] = [0, 0];
  while (systemClock.monotonicMs() < endMs) {
    const chapter = await bindChapter(database, signal);
    if (chapter === undefined) break;
    events += chapter.events;
    chapters += 1;
  }
  if (events === 0) return;
  const own = process.cpuUsage(ownBefore);
  const each = (ms: number): string => ((ms / events) * 1000).toFixed(0);
  console.log(
    `${chapters} chapters bound (${seconds(systemClock.monotonicMs() - startedMs)}, load ${load()}); processor time for each event: ${each((own.user + own.system) / 1000)} µs here, ${each(processorMs(pid) - postgresBeforeMs)} µs in Postgres`,
  );
  await database.unsafe('VACUUM ANALYZE chapter_objects');
}
