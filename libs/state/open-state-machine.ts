import { assertNever } from '@taffrail/platform/assert';
import { revision, revisionOf, sequenceOf, type Revision, type Sequence } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import type { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Metrics } from '@taffrail/platform/metrics';
import type { Tracer } from '@taffrail/platform/tracer';
import { newUid, type Random } from '@taffrail/platform/random';
import { openingOf, type CommitLog } from '@taffrail/log/commit-log';
import { ensureGenesis } from '@taffrail/log/genesis';
import type { LatestLog } from '@taffrail/log/latest-log';
import type { ObjectVault } from '@taffrail/log/object-vault';
import type { WindowLog } from '@taffrail/log/window-log';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { ownResources } from '@taffrail/resources/kinds/own';
import { allResources } from '@taffrail/resources/registry';
import { ensureClusterObjects } from './bootstrap.ts';
import type { Command, RequestContext, TransactionCommand } from './command.ts';
import { convertingMachine } from './converted.ts';
import { serviceNetwork } from './decide/service-network.ts';
import type { DecideSettings, DecideState } from './decide/state.ts';
import type { FoldContext } from './evolve.ts';
import { Erasure } from './erasure.ts';
import { EventWindow } from './event-window.ts';
import { openLatestLedger, type LatestLedger } from './latest-ledger.ts';
import { Ledger } from './ledger.ts';
import type { LedgerOptions } from './ledger-options.ts';
import { FIRST_SEQUENCE, loadSpace, type InitialState, type LoadedSpace } from './load-space.ts';
import { ParsedCache } from './parsed-cache.ts';
import { resourceIndex } from './resource-index.ts';
import type { ChangeListener } from './ring.ts';
import type { StateMachine } from './state-machine.ts';
import type { StateView } from './state-view.ts';

export interface StateMachineOptions {
  readonly logs: { readonly LOG: CommitLog; readonly EVENTS: WindowLog };
  readonly leases: LatestLog;
  /** Seals encrypted objects on their way into the logs, and opens them on their way back. */
  readonly vault: ObjectVault;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Cancels the opening. */
  readonly signal: AbortSignal;
  /** Where cluster IPs are given from, e.g. `10.96.0.0/16`. */
  readonly serviceCidr: string;
  /** Port the API server listens on: where the `kubernetes` Service leads. 6443 by default. */
  readonly apiPort?: number;
  /**
   * Nobody else writes to these logs, so that reads and refusals need no question to them. False by default, which is
   * always right; when it is wrong, reads may be older than another server's answers until its first commit is seen.
   */
  readonly soleWriter?: boolean;
  /** What the read model holds (`ReadModel.liveObjects`), so that not all of the log has to be read. */
  readonly initial?: { readonly LOG?: InitialState; readonly EVENTS?: InitialState };
  /** The resources of this server; the built-in ones by default. */
  readonly definitions?: Iterable<ResourceDefinition>;
  /** How strategic merge patch treats a resource's fields. */
  readonly patchSchema: DecideSettings['patchSchema'];
  /** Reads what a patch made as strictly as a request's body is read. */
  readonly readPatched: DecideSettings['readPatched'];
  /**
   * Told when a log can no longer be written or trusted (unknown outcome, gap, wrong hash). Reads still answer, writes
   * throw this error: the process should end and start again.
   */
  readonly onFailure?: (error: OperatingError) => void;
  readonly tracer?: Tracer;
  readonly metrics?: Metrics;
}

/**
 * Opens the state machine: loads what the read model has, folds the logs' tails with their hash chains checked, makes
 * sure of genesis commits and of the objects every cluster has, and serves.
 * Throws OperatingError `log-behind`, `log-corrupt`, `log-gap`, `format-too-new`, `unavailable`.
 */
export async function openStateMachine(options: StateMachineOptions): Promise<StateMachine> {
  const { logs, vault, clock, random, logger, signal } = options;
  const network = serviceNetwork(options.serviceCidr);
  const resources = resourceIndex([...(options.definitions ?? allResources()), ...ownResources]);
  const cache = new ParsedCache(limits.parsedCacheBytes);
  const { patchSchema, readPatched } = options;
  const settings: DecideSettings = { resources, network, patchSchema, readPatched };
  const onFailure = options.onFailure ?? ((): void => undefined);
  const whole: FoldContext = { resources, cache, chain: 'whole' };
  const windowed: FoldContext = { resources, cache, chain: 'window' };
  const shared = {
    vault,
    clock,
    random,
    logger,
    onFailure,
    soleWriter: options.soleWriter ?? false,
    ...(options.tracer === undefined ? {} : { tracer: options.tracer }),
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
  };

  for (const log of [logs.LOG, logs.EVENTS]) {
    // A log that was projected once and is empty now has lost everything: loading it says so.
    if (options.initial?.[log === logs.LOG ? 'LOG' : 'EVENTS']?.position !== undefined) continue;
    await ensureGenesis(log, { incarnation: newUid(random), nowMs: clock.nowMs() }, signal);
  }
  const kept = await loadSpace({
    log: logs.LOG,
    first: FIRST_SEQUENCE,
    initial: options.initial?.LOG,
    opener: vault,
    fold: whole,
    logger,
    signal,
  });
  const recent = await loadSpace({
    log: logs.EVENTS,
    first: await logs.EVENTS.first(signal),
    initial: options.initial?.EVENTS,
    opener: vault,
    fold: windowed,
    logger,
    signal,
  });
  const cluster = kept.live;
  const inCluster = (own: StateView): DecideState => ({ own, cluster: own, settings });
  const besideCluster = (own: StateView): DecideState => ({ own, cluster, settings });
  const latest = await openLatestLedger(
    { log: options.leases, fold: { resources, cache, chain: 'latest' }, stateOf: besideCluster, ...shared },
    signal,
  );
  const ledgers: Ledgers = {
    forever: ledgerOf(logs.LOG, kept, whole, inCluster, shared),
    window: ledgerOf(logs.EVENTS, recent, windowed, besideCluster, shared),
    latest,
  };
  const openings = { forever: openingOf(logs.LOG), window: openingOf(logs.EVENTS) };
  const firstWindowed = await logs.EVENTS.first(signal);
  const window = new EventWindow({
    log: logs.EVENTS,
    ledger: ledgers.window,
    definition: resources.find({ group: '', resource: 'events' }),
    first: firstWindowed,
  });
  const erasure = new Erasure({ vault, live: cluster, ring: kept.ring, fold: whole, clock, random, logger });
  const machine = machineOver(ledgers, openings, window, erasure);
  logger.info(
    { revision: ledgers.forever.revision, objects: cluster.objectsCount, bytes: cluster.objectsBytes },
    'state machine is open',
  );
  try {
    await erasure.start(signal);
    await ensureClusterObjects(machine, resources, network, options.apiPort ?? 6443, logger);
  } catch (error) {
    // Whoever opens again must not find the first attempt still following the logs.
    await machine.close();
    throw error;
  }
  return machine;
}

const BEGINNING = revision(1);

interface Ledgers {
  readonly forever: Ledger;
  readonly window: Ledger;
  readonly latest: LatestLedger;
}

function ledgerOf(
  log: CommitLog,
  space: LoadedSpace,
  fold: FoldContext,
  stateOf: (own: StateView) => DecideState,
  shared: Pick<
    LedgerOptions,
    'vault' | 'clock' | 'random' | 'logger' | 'onFailure' | 'soleWriter' | 'tracer' | 'metrics'
  >,
): Ledger {
  return new Ledger({ log, ...space, fold, stateOf, ...shared });
}

function machineOver(
  ledgers: Ledgers,
  openings: { readonly forever: Sequence; readonly window: Sequence },
  window: EventWindow,
  erasure: Erasure,
): StateMachine {
  const spaceOf = (definition: ResourceDefinition): Ledger | LatestLedger => {
    switch (definition.storage) {
      case 'forever':
      case 'window':
      case 'latest':
        return ledgers[definition.storage];
      default:
        return assertNever(definition.storage);
    }
  };
  const machine: StateMachine = {
    async submit(command: Command | TransactionCommand, request: RequestContext, signal?: AbortSignal) {
      if (command.type === 'transaction') return await ledgers.forever.submit(command, request, signal);
      return await spaceOf(command.target.definition).submit(command, request, signal);
    },
    get: (definition, namespace, name) => spaceOf(definition).live.get(definition, namespace, name),
    list: (definition, namespace) => spaceOf(definition).live.list(definition, namespace),
    revision: (definition) => spaceOf(definition).revision,
    opening(definition) {
      const { storage } = definition;
      return storage === 'latest' ? revision(0) : revisionOf(openings[storage], 0);
    },
    isNewest: (definition) => spaceOf(definition).isNewest,
    async confirm(definition, signal) {
      await spaceOf(definition).confirm(signal);
    },
    async waitFor(definition, at, signal) {
      await spaceOf(definition).waitFor(at, signal);
    },
    subscribe: (definition, after: Revision, listener: ChangeListener) =>
      spaceOf(definition).ring.subscribe(definition, after, listener),
    commits: { LOG: ledgers.forever.commits, EVENTS: ledgers.window.commits },
    spaces: () =>
      Object.entries({ LOG: ledgers.forever, EVENTS: ledgers.window, LEASES: ledgers.latest }).map(([log, ledger]) => ({
        log,
        sequence: sequenceOf(ledger.revision),
        objectsCount: ledger.live.objectsCount,
        objectsBytes: ledger.live.objectsBytes,
      })),
    queueDepth() {
      const { forever, window, latest } = ledgers;
      return {
        commands: forever.queueDepth.commands + window.queueDepth.commands + latest.queueDepth,
        bytes: forever.queueDepth.bytes + window.queueDepth.bytes,
      };
    },
    oldest(definition) {
      switch (definition.storage) {
        case 'forever':
          return BEGINNING;
        case 'window':
          return window.oldest;
        case 'latest':
          return undefined;
        default:
          return assertNever(definition.storage);
      }
    },
    async expireWindow(beforeMs, signal) {
      return await window.expire(beforeMs, signal);
    },
    async trimWindow(beforeMs, projected, signal) {
      return await window.trim(beforeMs, projected, signal);
    },
    async whenErased(uids, signal) {
      await erasure.whenErased(uids, signal);
    },
    async close() {
      await erasure.close();
      await Promise.all([ledgers.forever.close(), ledgers.window.close(), ledgers.latest.close()]);
    },
  };
  return convertingMachine(machine);
}
