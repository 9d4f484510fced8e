import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startPostgres } from '@taffrail/embedded/postgres-server';
import type { EmbeddedServer } from '@taffrail/embedded/server';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { startNatsForTest } from '@taffrail/log/testing/nats';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import { openDatabase } from './database.ts';
import { digestObjects } from './dump.ts';
import { migrate } from './migrate.ts';
import { openReadModel } from './postgres-read-model.ts';
import { startProjector } from './projector.ts';
import { rebuild } from './rebuild.ts';
import { writtenLog } from './testing/log.ts';

test('Postgres and NATS killed in turn while commits come in: the projector catches up, and a rebuild agrees', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'taffrail-postgres-'));
  const launch = async (): Promise<EmbeddedServer> =>
    await startPostgres({ directory, clock: systemClock, signal: AbortSignal.timeout(30_000) });
  const nats = await startNatsForTest();
  const stream = await openJetStreamLog(await nats.link(), { name: 'LOG', trimmable: false });
  let postgres = await launch();
  try {
    const { url } = postgres;
    await migrate(url);
    const { log, write } = await writtenLog('LOG', undefined, stream);
    const database = openDatabase({ url, name: 'projector', connectionsCount: 2 });
    const model = openReadModel(url);
    const projector = startProjector({
      log,
      database,
      clock: systemClock,
      random: seededRandom(1),
      logger: silentLogger,
    });
    const key = { group: '', resource: 'configmaps', namespace: 'default', name: 'a' };
    let last = await write('+a');
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 20; index++) last = await write('a', `+o${round}-${index}`);
      process.kill(postgres.pid, 'SIGKILL');
      await postgres.exited;
      for (let index = 20; index < 40; index++) last = await write('a', `+o${round}-${index}`);
      await expect(model.history({ key, limit: 1 })).rejects.toMatchObject({ code: 'unavailable' });
      await nats.kill();
      postgres = await launch();
      await nats.start();
      last = await write('a', `-o${round}-0`);
      await projector.waitFor(last.sequence, 15_000);
      expect((await model.history({ key, limit: 1 }))[0]?.revision).toBe(last.sequence * 1024);
    }
    const projected = await digestObjects(database);
    expect(projected.objects).toBe(1 + 3 * 39);
    await rebuild({ url, logs: [log], signal: AbortSignal.timeout(30_000) });
    expect(await digestObjects(database)).toEqual(projected);
    await projector.close();
    await model.close();
    // A connection that died while it was made may never be heard of again; it is not waited for.
    await database.end({ timeout: 5 });
  } finally {
    await postgres.stop();
    await nats.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
