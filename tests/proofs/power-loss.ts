/**
 * Simulated power loss under load, transactions included (root only):
 *
 *     node --conditions=source tests/proofs/power-loss.ts [--rounds 10]
 *
 * nats-server keeps its streams on an ext4 file system in an image behind a loop device with direct I/O. At a random moment
 * the server is stopped (SIGSTOP) and the raw image is copied: the copy holds what had reached the device, and nothing
 * that only the page cache knew. A server is started on the copy, as after a power cut. Every write that was
 * acknowledged must stand in its log, the chain intact, and no transaction in part. What a disk that lies about its flushes
 * does cannot be shown this way. Exit code 1 when anything is wrong.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startNats } from '@taffrail/embedded/nats-server';
import { connectNats, type NatsLink } from '@taffrail/log/connect';
import { openJetStreamLatestLog } from '@taffrail/log/jetstream-latest-log';
import { openJetStreamKeyStore } from '@taffrail/log/jetstream-key-store';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { memoryVault } from '@taffrail/log/memory-vault';
import { isRejection } from '@taffrail/machinery/rejection';
import { parseRevision } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import { findResource } from '@taffrail/resources/registry';
import type { KubeObject } from '@taffrail/resources/object';
import type { RequestContext, Target, TransactionItem } from '@taffrail/state/command';
import { openStateMachine } from '@taffrail/state/open-state-machine';
import type { StateMachine } from '@taffrail/state/state-machine';
import { checkLog, type LogFigures } from './check-log.ts';
import { emptyLedger, TRANSACTION_OBJECTS_COUNT, type Ledgered } from './workload.ts';

export interface PowerLossFigures extends LogFigures {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly acknowledgedTransactions: number;
}

const IMAGE_MEGABYTES = 512;
const WRITERS_COUNT = 32;
const FILLER = 'x'.repeat(1_500);

/** Runs a system program; its output when it fails says why. */
function system(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A mounted image, unmounted and detached at the end of its scope. */
interface Disk extends Disposable {
  readonly directory: string;
}

function mountImage(image: string, directory: string): Disk {
  mkdirSync(directory, { recursive: true });
  const device = system('losetup', '--find', '--show', '--direct-io=on', image).trim();
  try {
    system('mount', '-t', 'ext4', device, directory);
  } catch (error) {
    system('losetup', '--detach', device);
    throw error;
  }
  return {
    directory,
    [Symbol.dispose]() {
      system('umount', directory);
      system('losetup', '--detach', device);
    },
  };
}

function target(name: string): Target {
  const definition = findResource('', 'v1', 'configmaps');
  if (definition === undefined) throw new Error('no ConfigMaps');
  return { definition, namespace: 'default', name, subresource: '' };
}

const configMap = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { filler: FILLER },
});

const REQUEST: RequestContext = {
  actor: { user: 'proof', groups: ['system:masters'], userAgent: 'proof', address: '', fieldManager: 'proof' },
  cause: { correlation: 'proof', traceparent: '' },
  dryRun: false,
};

async function openMachine(link: NatsLink, signal: AbortSignal): Promise<StateMachine> {
  return await openStateMachine({
    logs: {
      LOG: await openJetStreamLog(link, { name: 'LOG', trimmable: false }),
      EVENTS: await openJetStreamLog(link, { name: 'EVENTS', trimmable: true }),
    },
    leases: await openJetStreamLatestLog(link, 'LEASES'),
    vault: await memoryVault(await openJetStreamKeyStore(link, 'KEYS')),
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

/** Writes single objects and transactions until the server stands still. Whoever is not answered is not counted. */
async function work(machine: StateMachine, name: string, ledger: Ledgered, stop: AbortSignal): Promise<void> {
  for (let count = 0; !stop.aborted; count++) {
    const one = `${name}-${count}`;
    try {
      if (count % 3 === 2) {
        const prefix = `t-${one}`;
        ledger.attempted.add(prefix);
        const items = Array.from({ length: TRANSACTION_OBJECTS_COUNT }, (_, index): TransactionItem => {
          const object = `${prefix}-${index}`;
          return { command: { type: 'create', target: target(object), object: configMap(object) }, preconditions: {} };
        });
        const outcome = await machine.submit({ type: 'transaction', items }, REQUEST, stop);
        if (isRejection(outcome)) throw new Error(outcome.message);
        ledger.transactions.add(prefix);
      } else {
        const command = { type: 'create', target: target(one), object: configMap(one) } as const;
        const outcome = await machine.submit(command, REQUEST, stop);
        if (isRejection(outcome)) throw new Error(outcome.message);
        const revision = parseRevision(String(outcome.object.revision));
        if (revision !== undefined) ledger.created.set(one, revision);
      }
      ledger.acknowledged++;
    } catch (error) {
      if (!stop.aborted) throw error;
      ledger.unanswered++;
    }
  }
}

async function round(directory: string): Promise<{ readonly figures: LogFigures; readonly ledger: Ledgered }> {
  const ledger = emptyLedger();
  const image = path.join(directory, 'disk.img');
  const copy = path.join(directory, 'after-power-loss.img');
  system('truncate', '-s', `${IMAGE_MEGABYTES}M`, image);
  system('mkfs.ext4', '-q', '-F', image);
  {
    using disk = mountImage(image, path.join(directory, 'mnt'));
    const nats = await startNats({
      storeDir: path.join(disk.directory, 'nats'),
      clock: systemClock,
      random: systemRandom,
      signal: AbortSignal.timeout(30_000),
    });
    const link = await connectNats({ url: nats.url, name: 'proof', clock: systemClock, logger: silentLogger });
    const machine = await openMachine(link, AbortSignal.timeout(30_000));
    // The file system's own journal has the streams' directories; what is lost afterwards is what the proof is about.
    system('sync', '-f', disk.directory);
    const stop = new AbortController();
    const writers = Array.from({ length: WRITERS_COUNT }, (_, index) =>
      work(machine, `w${index}`, ledger, stop.signal),
    );
    await systemClock.sleep(300 + systemRandom.next() * 1_500);
    process.kill(nats.pid, 'SIGSTOP');
    // Acknowledgements that were on their way still count: the server gave them before it stopped.
    await systemClock.sleep(50);
    stop.abort(new Error('the power is gone'));
    copyFileSync(image, copy);
    process.kill(nats.pid, 'SIGKILL');
    await nats.exited;
    await link.close();
    await Promise.allSettled([...writers, machine.close()]);
  }
  using disk = mountImage(copy, path.join(directory, 'mnt-after'));
  const nats = await startNats({
    storeDir: path.join(disk.directory, 'nats'),
    clock: systemClock,
    random: systemRandom,
    signal: AbortSignal.timeout(30_000),
  });
  const link = await connectNats({ url: nats.url, name: 'proof', clock: systemClock, logger: silentLogger });
  try {
    // Opening folds the whole log: a server starts on what is left.
    const machine = await openMachine(link, AbortSignal.timeout(30_000));
    const log = await openJetStreamLog(link, { name: 'LOG', trimmable: false });
    const figures = await checkLog(log, ledger);
    await machine.close();
    return { figures, ledger };
  } finally {
    await link.close();
    await nats.stop();
  }
}

/** Runs the proof. */
export async function provePowerLoss(rounds: number, say: (line: string) => void): Promise<PowerLossFigures> {
  const sum = {
    rounds,
    acknowledged: 0,
    acknowledgedTransactions: 0,
    commits: 0,
    events: 0,
    lost: 0,
    duplicated: 0,
    halfTransactions: 0,
    unsealed: 0,
  };
  for (let index = 1; index <= rounds; index++) {
    const directory = await mkdtemp(path.join(tmpdir(), 'taffrail-power-'));
    try {
      const { figures, ledger } = await round(directory);
      sum.acknowledged += ledger.acknowledged;
      sum.acknowledgedTransactions += ledger.transactions.size;
      for (const key of ['commits', 'events', 'lost', 'duplicated', 'halfTransactions', 'unsealed'] as const)
        sum[key] += figures[key];
      say(`round ${index}: ${ledger.acknowledged} acknowledged, ${JSON.stringify(figures)}`);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  return sum;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
  const figures = await provePowerLoss(Number(values.rounds), console.log);
  console.log(JSON.stringify(figures, undefined, 2));
  process.exitCode = figures.lost + figures.duplicated + figures.halfTransactions === 0 ? 0 : 1;
}
