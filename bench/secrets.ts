/**
 * What encryption costs: Secrets against ConfigMaps of the same size through the ledger, in one run over a real NATS with
 * `sync always`, created and then updated, and what opening adds to folding a log:
 *
 *     node --conditions=source bench/secrets.ts [--count 2000] [--callers 64]
 *
 * The kinds take turns, so that both see the same machine. Folding is over logs in memory and in processor time. Prints one
 * line a figure, and the ratios.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startNats } from '@taffrail/embedded/nats-server';
import { connectNats, type NatsLink } from '@taffrail/log/connect';
import { openJetStreamKeyStore } from '@taffrail/log/jetstream-key-store';
import { openJetStreamLatestLog } from '@taffrail/log/jetstream-latest-log';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { memoryLatestLog } from '@taffrail/log/memory-latest-log';
import { memoryLog } from '@taffrail/log/memory-log';
import { memoryVault } from '@taffrail/log/memory-vault';
import { isRejection } from '@taffrail/machinery/rejection';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import type { KubeObject } from '@taffrail/resources/object';
import { findResource } from '@taffrail/resources/registry';
import type { Command } from '@taffrail/state/command';
import { openStateMachine, type StateMachineOptions } from '@taffrail/state/open-state-machine';
import type { StateMachine } from '@taffrail/state/state-machine';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '2000' }, callers: { type: 'string', default: '64' } },
});
const count = Number(values.count);
const callers = Number(values.callers);
const ROUNDS_COUNT = 3;
/** About 3 KB once it is base64. */
const VALUE = Buffer.alloc(2_100, 'v').toString('base64');
const REQUEST = {
  actor: { user: 'bench', groups: ['system:masters'], userAgent: 'bench', address: '', fieldManager: 'bench' },
  cause: { correlation: 'bench', traceparent: '' },
  dryRun: false,
};

const directory = await mkdtemp(join(tmpdir(), 'taffrail-bench-'));
const signal = AbortSignal.timeout(600_000);
const nats = await startNats({ storeDir: directory, clock: systemClock, random: systemRandom, signal });
const link = await connectNats({ url: nats.url, name: 'bench', clock: systemClock, logger: silentLogger });

type Logs = Pick<StateMachineOptions, 'logs' | 'leases' | 'vault'>;

async function open(logs: Logs): Promise<StateMachine> {
  return await openStateMachine({
    ...logs,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    signal,
    serviceCidr: '10.96.0.0/16',
    soleWriter: true,
    patchSchema: () => undefined,
    readPatched: (document) => ({ object: document as KubeObject, warnings: [] }),
  });
}

async function onDisk(own: NatsLink): Promise<Logs> {
  return {
    logs: {
      LOG: await openJetStreamLog(own, { name: 'LOG', trimmable: false }),
      EVENTS: await openJetStreamLog(own, { name: 'EVENTS', trimmable: true }),
    },
    leases: await openJetStreamLatestLog(own, 'LEASES'),
    vault: await memoryVault(await openJetStreamKeyStore(own, 'KEYS')),
  };
}

async function inMemory(): Promise<Logs> {
  return {
    logs: { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') },
    leases: memoryLatestLog('LEASES', systemClock.nowMs()),
    vault: await memoryVault(),
  };
}

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

type Kind = 'ConfigMap' | 'Secret';
const sums: Record<string, Figures[]> = {};

function commandOf(kind: Kind, type: 'create' | 'update', name: string): Command {
  const definition = findResource('', 'v1', kind === 'Secret' ? 'secrets' : 'configmaps');
  if (definition === undefined) throw new Error(`no ${kind}`);
  const data = { value: VALUE, ...(type === 'update' ? { more: 'dg==' } : {}) };
  const object = { apiVersion: 'v1', kind, metadata: { name }, data } as KubeObject;
  const named = type === 'create' ? '' : name;
  return { type, target: { definition, namespace: 'default', name: named, subresource: '' }, object };
}

async function run(machine: StateMachine, kind: Kind, type: 'create' | 'update', round: number): Promise<void> {
  const times: number[] = [];
  let next = 0;
  const startedMs = systemClock.monotonicMs();
  const caller = async (): Promise<void> => {
    while (next < count) {
      const command = commandOf(kind, type, `o-${round}-${next++}`);
      const sentMs = systemClock.monotonicMs();
      const outcome = await machine.submit(command, REQUEST);
      if (isRejection(outcome)) throw new Error(outcome.message);
      times.push(systemClock.monotonicMs() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
  times.sort((a, b) => a - b);
  const at = (q: number): number => times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? Number.NaN;
  (sums[`${type} ${kind}`] ??= []).push({ perSecond: count / seconds, p50Ms: at(0.5), p99Ms: at(0.99) });
}

/** Processor time of opening a machine over a log that is there, microseconds an event. */
async function fold(logs: Logs): Promise<number> {
  const before = process.cpuUsage();
  const machine = await open(logs);
  const { user, system } = process.cpuUsage(before);
  await machine.close();
  return (user + system) / count;
}

const middle = (figures: readonly number[]): number =>
  figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;

try {
  const machine = await open(await onDisk(link));
  for (let round = 0; round < ROUNDS_COUNT; round++) {
    for (const type of ['create', 'update'] as const) {
      for (const kind of ['Secret', 'ConfigMap'] as const) await run(machine, kind, type, round);
    }
  }
  await machine.close();
  for (const [what, figures] of Object.entries(sums)) {
    const of = (name: keyof Figures): number => middle(figures.map((one) => one[name]));
    const rate = of('perSecond').toFixed(0).padStart(7);
    console.log(`${what.padEnd(18)} ${rate}/s  p50 ${of('p50Ms').toFixed(1)} ms  p99 ${of('p99Ms').toFixed(1)} ms`);
  }
  for (const type of ['create', 'update'] as const) {
    const rate = (kind: Kind): number => middle((sums[`${type} ${kind}`] ?? []).map((one) => one.perSecond));
    console.log(`${type}: Secrets have ${(rate('Secret') / rate('ConfigMap')).toFixed(2)} of the throughput`);
  }
  const logs = { Secret: await inMemory(), ConfigMap: await inMemory() };
  const folds: Record<Kind, number[]> = { Secret: [], ConfigMap: [] };
  for (const kind of ['Secret', 'ConfigMap'] as const) {
    const filled = await open(logs[kind]);
    await run(filled, kind, 'create', ROUNDS_COUNT);
    await filled.close();
  }
  for (let round = 0; round < 2 * ROUNDS_COUNT; round++) {
    for (const kind of ['Secret', 'ConfigMap'] as const) folds[kind].push(await fold(logs[kind]));
  }
  const [sealed, clear] = [middle(folds.Secret), middle(folds.ConfigMap)];
  console.log(`fold: ${clear.toFixed(0)} us of processor a ConfigMap, ${sealed.toFixed(0)} us a Secret`);
} finally {
  await link.close();
  await nats.stop();
  await rm(directory, { recursive: true, force: true });
}
