/**
 * kill -9 of nats-server, Postgres and the API server at random moments under load:
 *
 *     node --conditions=source tests/proofs/kill.ts [--rounds 100]
 *
 * `--rounds` is for each of the three. Writers create, update, renew Leases, run transactions, and keep and purge Secrets
 * through the API all the time. At the end, and every ten rounds on the way: every acknowledged write stands in the log
 * once, the chain is intact, no transaction is there in part, no Lease has gone back, no Secret is legible in the log, lost,
 * or back after its purge, and the projection is what a fresh replay of the log makes. Exit code 1 when anything is wrong.
 */
import { parseArgs } from 'node:util';
import { connectNats } from '@taffrail/log/connect';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { systemClock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { silentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import { openDatabase } from '@taffrail/projection/database';
import { digestObjects } from '@taffrail/projection/dump';
import { rebuild } from '@taffrail/projection/rebuild';
import { openReadModel } from '@taffrail/projection/postgres-read-model';
import type { CommitLog } from '@taffrail/log/commit-log';
import { checkLog, type LogFigures } from './check-log.ts';
import { emptyLedger, secretOf, work, type Ledgered } from './workload.ts';
import { startWorld, type World } from './world.ts';

export interface KillFigures extends LogFigures {
  /** Kills, by victim. */
  readonly kills: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  readonly unanswered: number;
  /** Secrets whose purge was acknowledged. */
  readonly purged: number;
  readonly leasesGoneBack: number;
  /** Secrets that cannot be read though nobody purged them, or can be though someone did. */
  readonly secretsWrong: number;
  /** Checks in which the projection was not what a replay makes. */
  readonly projectionDiffers: number;
  readonly longestRecoveryMs: number;
}

const WRITERS_COUNT = 12;
const CHECK_EVERY_ROUNDS = 10;

/** Runs the proof. */
export async function proveKill(rounds: number, say: (line: string) => void): Promise<KillFigures> {
  await using world = await startWorld({ apiServers: 1, soleWriter: true });
  const [api] = world.apis;
  if (api === undefined) throw new Error('the world has no API server');
  const ledger = emptyLedger();
  const victims = [world.nats, world.postgres, api];
  const kills: Record<string, number> = {};
  let sum: Checked = NOTHING;
  let longestRecoveryMs = 0;
  for (let round = 1; round <= rounds; round++) {
    for (const victim of victims) {
      const stop = new AbortController();
      const clients = Array.from({ length: WRITERS_COUNT }, () => api.client());
      const working = Promise.all(
        clients.map((client, index) => work(client, `${round}-${victim.name}-${index}`, ledger, stop.signal)),
      );
      try {
        await systemClock.sleep(60 + systemRandom.next() * 300);
        await victim.kill();
        kills[victim.name] = (kills[victim.name] ?? 0) + 1;
        await systemClock.sleep(systemRandom.next() * 100);
        const beganMs = systemClock.monotonicMs();
        await victim.restart();
        await recovered(world, ledger);
        longestRecoveryMs = Math.max(longestRecoveryMs, systemClock.monotonicMs() - beganMs);
        await systemClock.sleep(60);
      } finally {
        stop.abort();
        await working;
        for (const client of clients) client.close();
      }
    }
    if (round % CHECK_EVERY_ROUNDS !== 0 && round !== rounds) continue;
    const found = await check(world, ledger);
    sum = {
      ...found,
      projectionDiffers: sum.projectionDiffers + found.projectionDiffers,
      leasesGoneBack: Math.max(sum.leasesGoneBack, found.leasesGoneBack),
      secretsWrong: Math.max(sum.secretsWrong, found.secretsWrong),
    };
    say(`round ${round}: ${ledger.acknowledged} acknowledged, ${JSON.stringify(found)}`);
  }
  const { acknowledged, unanswered } = ledger;
  return {
    kills,
    acknowledged,
    unanswered,
    purged: ledger.purged.size,
    ...sum,
    longestRecoveryMs: Math.round(longestRecoveryMs),
  };
}

interface Checked extends LogFigures {
  readonly leasesGoneBack: number;
  readonly secretsWrong: number;
  readonly projectionDiffers: number;
}

const NOTHING: Checked = {
  commits: 0,
  events: 0,
  lost: 0,
  duplicated: 0,
  halfTransactions: 0,
  unsealed: 0,
  leasesGoneBack: 0,
  secretsWrong: 0,
  projectionDiffers: 0,
};

/** Waits until writes are acknowledged again; an API server that ended by itself is started again, as `up` would. */
async function recovered(world: World, ledger: Ledgered): Promise<void> {
  const before = ledger.acknowledged;
  const beganMs = systemClock.monotonicMs();
  while (ledger.acknowledged < before + WRITERS_COUNT) {
    await systemClock.sleep(20);
    const [api] = world.apis;
    if (api !== undefined && !isAlive(api.pid())) await api.restart();
    if (systemClock.monotonicMs() - beganMs > 60_000) {
      throw new Error(`no write is acknowledged any more:\n${await api?.lastLines()}`);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function check(world: World, ledger: Ledgered): Promise<Checked> {
  const link = await connectNats({
    url: world.nats.url,
    name: 'proof',
    clock: systemClock,
    logger: silentLogger,
    signal: AbortSignal.timeout(30_000),
  });
  try {
    const logs = [
      await openJetStreamLog(link, { name: 'LOG', trimmable: false }),
      await openJetStreamLog(link, { name: 'EVENTS', trimmable: true }),
    ] as const;
    const figures = await checkLog(logs[0], ledger);
    const leasesGoneBack = await leasesBehind(world, ledger);
    const secretsWrong = await wrongSecrets(world, ledger);
    return {
      ...figures,
      leasesGoneBack,
      secretsWrong,
      projectionDiffers: (await projectionDiffers(world, logs)) ? 1 : 0,
    };
  } finally {
    await link.close();
  }
}

async function leasesBehind(world: World, ledger: Ledgered): Promise<number> {
  const client = world.apis[0]?.client();
  if (client === undefined) return 0;
  try {
    const { items } = await client.list<{
      metadata: { name: string; resourceVersion: string };
      spec: { leaseTransitions: number };
    }>({ group: 'coordination.k8s.io', version: 'v1', resource: 'leases' }, 'default');
    const found = new Map(items.map((item) => [item.metadata.name, item]));
    return [...ledger.leases].filter(([name, { revision, transitions }]) => {
      const lease = found.get(name);
      return (
        lease === undefined ||
        Number(lease.metadata.resourceVersion) < revision ||
        lease.spec.leaseTransitions < transitions
      );
    }).length;
  } finally {
    client.close();
  }
}

/** How many Secrets do not read as what was acknowledged of them says. */
async function wrongSecrets(world: World, { secrets, purging, purged }: Ledgered): Promise<number> {
  const client = world.apis[0]?.client();
  if (client === undefined) return 0;
  try {
    const { items } = await client.list<{ metadata: { name: string }; data?: { value?: string } }>(
      { group: '', version: 'v1', resource: 'secrets' },
      'default',
    );
    const found = new Map(items.map(({ metadata, data }) => [metadata.name, data?.value]));
    const unread = [...secrets.keys()].filter((name) => !purging.has(name) && found.get(name) !== secretOf(name));
    const kept = [...purged].filter((name) => found.has(name));
    return unread.length + kept.length;
  } finally {
    client.close();
  }
}

/** Whether the projection the kills went over differs from one made anew of the whole log. */
async function projectionDiffers(world: World, logs: readonly CommitLog[]): Promise<boolean> {
  const model = openReadModel(world.postgres.url);
  const database = openDatabase({ url: world.postgres.url, name: 'proof', connectionsCount: 1 });
  try {
    const endMs = systemClock.monotonicMs() + 60_000;
    for (const log of logs) {
      const { sequence: head } = await log.head();
      while (((await model.position(log.name))?.sequence ?? 0) < head) {
        if (systemClock.monotonicMs() > endMs) throw new Error(`the projection of ${log.name} does not catch up`);
        await systemClock.sleep(limits.projectionPollMs);
      }
    }
    const before = await digestObjects(database);
    await rebuild({ url: world.postgres.url, logs: [...logs], signal: AbortSignal.timeout(300_000) });
    const after = await digestObjects(database);
    return before.hash !== after.hash || before.objects !== after.objects;
  } finally {
    await model.close();
    await database.end();
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '100' } } });
  const figures = await proveKill(Number(values.rounds), console.log);
  console.log(JSON.stringify(figures, undefined, 2));
  const wrong =
    figures.lost +
    figures.duplicated +
    figures.halfTransactions +
    figures.unsealed +
    figures.leasesGoneBack +
    figures.secretsWrong +
    figures.projectionDiffers;
  process.exitCode = wrong === 0 ? 0 : 1;
}
