/**
 * Measures the log and its projection: `node --conditions=source bench/log.ts [--events 60000] [--commits-of 60,1]`.
 * For each size of commit, events of 3 KB are appended to a JetStream log (one commit in flight); then the chain is
 * verified, projected and rebuilt. Beside events a second it prints the processor time of this process for each event,
 * which says more where a machine is shared; `verify` and `rebuild` run several times and the best run counts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startNats } from '@taffrail/embedded/nats-server';
import { startPostgres } from '@taffrail/embedded/postgres-server';
import type { Commit } from '@taffrail/log/commit';
import { decodeCommit, encodeCommit } from '@taffrail/log/commit-codec';
import type { CommitLog } from '@taffrail/log/commit-log';
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

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '60000' },
    'commits-of': { type: 'string', default: '60,1' },
    rounds: { type: 'string', default: '3' },
    /** Leaves Postgres out. */
    'verify-only': { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const { signal } = new AbortController();

const filler = Buffer.from(systemRandom.bytes(1_350)).toString('hex');
const object = (name: string): Uint8Array =>
  encodeObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'default' }, data: { filler } });

/** Runs a step some times and prints the best: the others had to share the machine. */
async function measure(what: string, events: number, times: number, run: () => Promise<void>): Promise<void> {
  let best = { seconds: Number.POSITIVE_INFINITY, cpuMicros: Number.POSITIVE_INFINITY };
  for (let round = 0; round < times; round++) {
    const [startedMs, started] = [systemClock.monotonicMs(), process.cpuUsage()];
    await run();
    const { user, system } = process.cpuUsage(started);
    const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
    best = { seconds: Math.min(best.seconds, seconds), cpuMicros: Math.min(best.cpuMicros, user + system) };
  }
  const perSecond = Math.round(events / best.seconds).toString();
  console.log(
    `  ${what.padEnd(8)} ${perSecond.padStart(7)} events/s   ${(best.cpuMicros / events).toFixed(1)} µs of our processor an event`,
  );
}

/** Fills a log and returns its last commit. */
async function append(log: CommitLog, events: number, perCommit: number): Promise<Commit> {
  let last = decodeCommit(encodeCommit(draftCommit()));
  await log.append(last.payload, sequence(0));
  for (let written = 0; written < events; written += perCommit) {
    const names = Array.from({ length: perCommit }, (_, index) => `o${written + index}`);
    const drafts = names.map((name) => draftEvent({ name, object: object(name) }));
    last = decodeCommit(encodeCommit(draftCommit(last, drafts)));
    await log.append(last.payload, sequence(last.sequence - 1));
  }
  return last;
}

async function measureCommitsOf(perCommit: number, events: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'taffrail-bench-'));
  const nats = await startNats({
    clock: systemClock,
    signal,
    storeDir: join(directory, 'nats'),
    random: systemRandom,
  });
  const link = await connectNats({ url: nats.url, name: 'bench', clock: systemClock, logger: silentLogger });
  const log = await openJetStreamLog(link, { name: 'LOG', trimmable: false });
  console.log(`${events} events in commits of ${perCommit} (load ${loadavg()[0]?.toFixed(1)})`);
  try {
    let head = sequence(0);
    await measure('append', events, 1, async () => {
      head = (await append(log, events, perCommit)).sequence;
    });
    await measure('verify', events, rounds, async () => {
      let seen = 0;
      for await (const commit of inspectLog(log, { start: { at: 'genesis' }, until: head, signal })) {
        seen += commit.eventsCount;
      }
      if (seen !== events) throw new Error(`${seen} events were verified`);
    });
    if (!values['verify-only']) await measureProjection(log, join(directory, 'postgres'), events);
  } finally {
    await link.close();
    await nats.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureProjection(log: CommitLog, directory: string, events: number): Promise<void> {
  const postgres = await startPostgres({ clock: systemClock, signal, directory });
  try {
    await migrate(postgres.url);
    const database = openDatabase({ url: postgres.url, name: 'bench', connectionsCount: 2 });
    const projector = startProjector({ log, database, clock: systemClock, random: systemRandom, logger: silentLogger });
    const { sequence: head } = await log.head();
    await measure('project', events, 1, async () => await projector.waitFor(head, 600_000));
    await projector.close();
    await measure('rebuild', events, rounds, async () => {
      await rebuild({ url: postgres.url, logs: [log], signal });
    });
    await database.end();
  } finally {
    await postgres.stop();
  }
}

for (const perCommit of values['commits-of'].split(',').map(Number)) {
  // Appending one at a time pays an fsync each, so that fewer make do.
  const events = Math.ceil(Number(values.events) / (perCommit === 1 ? 3 : 1) / perCommit) * perCommit;
  await measureCommitsOf(perCommit, events);
}
