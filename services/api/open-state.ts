import { backoff } from '@taffrail/platform/backoff';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Metrics } from '@taffrail/platform/metrics';
import type { Random } from '@taffrail/platform/random';
import type { Tracer } from '@taffrail/platform/tracer';
import type { CommitLog } from '@taffrail/log/commit-log';
import type { LatestLog } from '@taffrail/log/latest-log';
import type { ObjectVault } from '@taffrail/log/object-vault';
import type { WindowLog } from '@taffrail/log/window-log';
import { isMigrated } from '@taffrail/projection/is-migrated';
import type { ReadModel } from '@taffrail/projection/read-model';
import { openStateMachine, type StateMachineOptions } from '@taffrail/state/open-state-machine';
import type { StateMachine } from '@taffrail/state/state-machine';
import { decideSettings } from './decide-settings.ts';
import type { ApiFlags } from './flags.ts';

interface Tools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** What the state machine tells of its work. */
interface Observers {
  readonly tracer: Tracer;
  readonly metrics: Metrics;
}

/** Brings the projection's schema up to date as soon as Postgres lets us. Throws what no retry can mend. */
export async function migrateWhenPossible(
  databaseUrl: string,
  { clock, random, logger, signal }: Tools,
): Promise<void> {
  const retry = backoff(random, limits.retryMinimumMs, limits.databaseRetryMaximumMs);
  for (let attempt = 1; ; attempt++) {
    try {
      if (await isMigrated(databaseUrl)) return;
      // What migrates is large, and needed once in the life of a database.
      const { migrate } = await import('@taffrail/projection/migrate');
      const ran = await migrate(databaseUrl);
      if (ran.length > 0) logger.info({ migrations: ran }, 'the projection was migrated');
      return;
    } catch (thrown) {
      if (!(thrown instanceof OperatingError) || !thrown.retryable) throw thrown;
      if (attempt === 1) logger.info({ error: messageOf(thrown) }, 'waiting for Postgres');
    }
    await clock.sleep(retry.nextMs(), signal);
  }
}

export interface OpenStateOptions extends Tools, Observers {
  readonly flags: Pick<ApiFlags, 'serviceCidr' | 'port' | 'soleWriter' | 'firstStart'>;
  readonly logs: { readonly LOG: CommitLog; readonly EVENTS: WindowLog };
  readonly leases: LatestLog;
  readonly vault: ObjectVault;
  /** With bodies in clear (`openedReadModel`). */
  readonly readModel: ReadModel;
  /** Settles when the projection can be read. */
  readonly migrated: Promise<void>;
  readonly onFailure: (error: OperatingError) => void;
}

/**
 * Opens the state machine from the projection and the log's tail. Writes do not need Postgres, so a server whose log is
 * short, or of a cluster that has never run, does not wait for it either: it folds the log from its start. Throws
 * OperatingError `log-behind` when the log has lost what was projected, `log-corrupt`, `log-gap`, `format-too-new`.
 */
export async function openState(options: OpenStateOptions): Promise<StateMachine> {
  const { logs, readModel, migrated, clock, logger, signal } = options;
  const machine: StateMachineOptions = {
    ...decideSettings(),
    logs,
    leases: options.leases,
    vault: options.vault,
    clock,
    random: options.random,
    logger,
    signal,
    serviceCidr: options.flags.serviceCidr,
    apiPort: options.flags.port,
    soleWriter: options.flags.soleWriter,
    onFailure: options.onFailure,
    tracer: options.tracer,
    metrics: options.metrics,
  };
  if (options.flags.firstStart === true && (await logs.LOG.head(signal)).sequence === 0) {
    // Should there be a projection all the same, its projector finds the log shorter or another one, and refuses to go on.
    return await openStateMachine(machine);
  }
  for (;;) {
    if (!(await settlesWithin(migrated, limits.databaseWaitMs, clock))) {
      const head = (await logs.LOG.head(signal)).sequence;
      // An empty log may be a new one or one that has lost everything: only the projection can tell.
      if (head > 0 && head <= limits.foldFromStartCount) {
        logger.warn({ commits: head }, 'Postgres does not answer; the state is folded from the whole log');
        return openStateMachine(machine);
      }
      logger.warn({ commits: head }, 'Postgres does not answer, and the log alone is too long or empty; waiting');
      continue;
    }
    try {
      const [LOG, EVENTS] = [await readModel.liveObjects('LOG'), await readModel.liveObjects('EVENTS')];
      return await openStateMachine({ ...machine, initial: { LOG, EVENTS } });
    } catch (thrown) {
      if (!(thrown instanceof OperatingError) || !thrown.retryable) throw thrown;
      logger.warn({ error: messageOf(thrown) }, 'the state could not be loaded; trying again');
      await clock.sleep(limits.databaseRetryMaximumMs, signal);
    }
  }
}

/** Whether a promise is fulfilled within a time. Throws what it rejects with. */
async function settlesWithin(promise: Promise<void>, ms: number, clock: Clock): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const cancel = clock.after(ms, () => late.resolve(false));
  try {
    return await Promise.race([promise.then(() => true), late.promise]);
  } finally {
    cancel();
  }
}
