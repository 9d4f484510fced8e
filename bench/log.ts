/**
 * Measures the log and its projection: `node --conditions=source bench/log.ts [events] [events a commit]`.
 * Events of 3 KB are appended to a JetStream log (one commit in flight), then the chain is verified, projected and rebuilt.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats } from '@taffrail/embedded/nats-server';
import { startPostgres } from '@taffrail/embedded/postgres-server';
import { decodeCommit, encodeCommit } from '@taffrail/log/commit-codec';
import { connectNats } from '@taffrail/log/connect';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { encodeObject } from '@taffrail/log/object-bytes';
import { draftCommit, draftEvent } from '@taffrail/log/testing/drafts';
import { inspectLog } from '@taffrail/log/verified-reader';
import { sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import { openDatabase } from '@taffrail/projection/database';
import { migrate } from '@taffrail/projection/migrate';
import { startProjector } from '@taffrail/projection/projector';
import { rebuild } from '@taffrail/projection/rebuild';

const events = Number(process.argv[2] ?? 30_000);
const perCommit = Number(process.argv[3] ?? 60);
const directory = await mkdtemp(join(tmpdir(), 'taffrail-bench-'));
const shared = { clock: systemClock, signal: AbortSignal.timeout(600_000) };
const nats = await startNats({ ...shared, storeDir: join(directory, 'nats'), random: systemRandom });
const postgres = await startPostgres({ ...shared, directory: join(directory, 'postgres') });
const link = await connectNats({ url: nats.url, name: 'bench', clock: systemClock, logger: silentLogger });
const log = await openJetStreamLog(link, { name: 'LOG', trimmable: false });

async function measure(what: string, count: number, run: () => Promise<void>): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  await run();
  const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
  console.log(`${what.padEnd(10)} ${Math.round(count / seconds)} events/s (${seconds.toFixed(2)} s)`);
}

const filler = Buffer.from(systemRandom.bytes(1_350)).toString('hex');
const object = (name: string): Uint8Array =>
  encodeObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'default' }, data: { filler } });

let last = decodeCommit(encodeCommit(draftCommit()));
await log.append(last.payload, sequence(0));
await measure('append', events, async () => {
  for (let written = 0; written < events; written += perCommit) {
    const names = Array.from({ length: perCommit }, (_, index) => `o${written + index}`);
    last = decodeCommit(
      encodeCommit(
        draftCommit(
          last,
          names.map((name) => draftEvent({ name, object: object(name) })),
        ),
      ),
    );
    await log.append(last.payload, sequence(last.sequence - 1));
  }
});
const { signal } = shared;
await measure('verify', events, async () => {
  for await (const commit of inspectLog(log, { start: { at: 'genesis' }, until: last.sequence, signal })) {
    if (commit.sequence === last.sequence) break;
  }
});
await migrate(postgres.url);
const database = openDatabase({ url: postgres.url, name: 'bench', connectionsCount: 2 });
const projector = startProjector({ log, database, clock: systemClock, random: systemRandom, logger: silentLogger });
await measure('project', events, async () => await projector.waitFor(last.sequence, 600_000));
await projector.close();
await measure('rebuild', events, async () => {
  await rebuild({ url: postgres.url, logs: [log], signal });
});
await database.end();
await link.close();
await postgres.stop();
await nats.stop();
await rm(directory, { recursive: true, force: true });
