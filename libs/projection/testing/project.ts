import type { Sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import type { Database } from '../database.ts';
import { startProjector, type ProjectorOptions } from '../projector.ts';

/** Projects a log up to a commit. */
export async function project(database: Database, log: ProjectorOptions['log'], until: Sequence): Promise<void> {
  const projector = startProjector({
    log,
    database,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
  });
  await projector.waitFor(until, 10_000);
  await projector.close();
}
