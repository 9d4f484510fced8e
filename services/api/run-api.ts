import { readFile } from 'node:fs/promises';
import type { Sequence } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import { Metrics } from '@taffrail/platform/metrics';
import { nodeAddress } from '@taffrail/platform/node-address';
import type { Random } from '@taffrail/platform/random';
import { noTracer, type Tracer } from '@taffrail/platform/tracer';
import { startDispatcher } from '@taffrail/feed/jetstream-dispatcher';
import { ensureCheckpointKey } from '@taffrail/log/checkpoint-key';
import { ensureCheckpoints } from '@taffrail/log/checkpoint-stream';
import type { CommitLog } from '@taffrail/log/commit-log';
import { connectNats } from '@taffrail/log/connect';
import { startCheckpoints } from '@taffrail/log/head-checkpoint';
import { openJetStreamLatestLog } from '@taffrail/log/jetstream-latest-log';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { clusterPkiFiles, type ClusterPki } from '@taffrail/pki/cluster-pki';
import { bindChapter, type BoundChapter } from '@taffrail/projection/bind-chapter';
import { openDatabase } from '@taffrail/projection/database';
import { openedReadModel } from '@taffrail/projection/opened-read-model';
import { openReadModel } from '@taffrail/projection/postgres-read-model';
import { trimProjection } from '@taffrail/projection/trim-window';
import { PROJECTOR_SETTINGS } from '@taffrail/projection/project-batch';
import { startProjector, type Projector } from '@taffrail/projection/projector';
import { advertisedAddress, isLoopback } from './api-endpoints/advertised-address.ts';
import { startApiEndpoints } from './api-endpoints/start-api-endpoints.ts';
import { startBinding } from './bind-chapters.ts';
import { startExpiry } from './expire-events.ts';
import type { ApiFlags } from './flags.ts';
import { httpsAgentClient } from './handlers/agent-client.ts';
import { startFeedRelay } from './feed-relay.ts';
import { migrateWhenPossible, openState } from './open-state.ts';
import { measureProjectors } from './projection-metrics.ts';
import { openVault } from './open-vault.ts';
import { purgeSurvey } from './purge-survey.ts';
import { serveApi } from './serve.ts';

/** What an API server itself has to know of its flags. */
export type RunApiFlags = Omit<ApiFlags, 'telemetry'>;

/** What the process around an API server gives it. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly tracer?: Tracer;
  readonly metrics?: Metrics;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
}

/**
 * Runs an API server until it is asked to stop: opens the logs, learns the state, serves, and keeps projection and feed
 * up to date. Resolves after an orderly stop; throws what it cannot go on after (a damaged log, a taken port).
 */
export async function runApi(flags: RunApiFlags, surroundings: Surroundings): Promise<void> {
  const { clock, random, logger, tracer = noTracer, metrics = new Metrics(), signal } = surroundings;
  const shared = { clock, random, logger, tracer, metrics };
  const fatal = Promise.withResolvers<never>();
  // Several failures may come; the first one counts, and none of them may go unhandled.
  fatal.promise.catch(() => undefined);
  await using scope = new AsyncDisposableStack();
  const ending = new AbortController();
  scope.defer(() => ending.abort());
  const running = AbortSignal.any([signal, ending.signal]);

  const pki = await readPki(clusterPkiFiles(flags.dataDir));
  const link = await connectNats({ url: flags.natsUrl, name: 'taffrail-api', clock, logger, signal: running });
  scope.defer(() => link.close());
  const logs = {
    LOG: await openJetStreamLog(link, { name: 'LOG', trimmable: false }),
    EVENTS: await openJetStreamLog(link, { name: 'EVENTS', trimmable: true }),
  };
  const leases = await openJetStreamLatestLog(link, 'LEASES');
  scope.defer(async () => {
    await Promise.all([logs.LOG.close(), logs.EVENTS.close(), leases.close()]);
  });

  const vault = await openVault(link, flags, { ...shared, signal: running });
  const sealed = openReadModel(flags.databaseUrl);
  const readModel = openedReadModel(sealed, vault);
  scope.defer(() => readModel.close());
  const migrated = migrateWhenPossible(flags.databaseUrl, { ...shared, signal: running });
  migrated.catch((thrown: unknown) => {
    if (!running.aborted) fatal.reject(thrown);
  });
  let hasSchema = false;
  migrated.then(
    () => (hasSchema = true),
    () => undefined, // told above
  );
  const state = await Promise.race([
    openState({ ...shared, flags, logs, leases, vault, readModel, migrated, signal: running, onFailure: fatal.reject }),
    fatal.promise,
  ]);
  scope.defer(() => state.close());

  const projectors = projectorsAfter(migrated, () => {
    const database = openDatabase({
      url: flags.databaseUrl,
      name: 'taffrail-project',
      connectionsCount: 2,
      settings: PROJECTOR_SETTINGS,
    });
    return {
      running: (['LOG', 'EVENTS'] as const).map((name) => {
        const [log, commits] = [logs[name], state.commits[name]];
        return { log, projector: startProjector({ ...shared, log, commits, database }) };
      }),
      end: () => database.end({ timeout: 1 }),
    };
  });
  measureProjectors(metrics, state, () => projectors.projectors());
  projectors.failed.then(fatal.reject, fatal.reject);
  scope.defer(() => projectors.close());

  const binding = bindingAfter(migrated, flags.databaseUrl, shared);
  scope.defer(() => binding.close());

  const dispatcher = startDispatcher(link, logger, { tracer, metrics });
  scope.defer(() => dispatcher.close());
  const relay = startFeedRelay({ commits: state.commits.LOG, dispatcher });
  relay.failed.then(fatal.reject, fatal.reject);
  scope.defer(() => relay.close());
  await ensureCheckpoints(link);
  const key = await ensureCheckpointKey(flags.dataDir);
  scope.defer(startCheckpoints({ link, logs: [logs.LOG, logs.EVENTS], key, clock, logger }));
  const expiry = {
    eventTtlMs: flags.eventTtlMs,
    // What Postgres has of it is on disk there; while Postgres is away nothing is cut off.
    projected: async () => (await readModel.position('EVENTS'))?.sequence,
    trimProjection: async (first: Sequence) => {
      const database = openDatabase({ url: flags.databaseUrl, name: 'taffrail-expire', connectionsCount: 1 });
      try {
        await trimProjection(database, logs.EVENTS.name, first);
      } finally {
        await database.end({ timeout: 1 });
      }
    },
  };
  scope.defer(startExpiry({ state, ...expiry, clock, logger, signal: running }));

  const agents = httpsAgentClient({
    certificate: pki.clientCertificate,
    key: pki.clientKey,
    authority: pki.authority,
    logger,
  });
  const api = await serveApi(
    {
      ...shared,
      state,
      readModel,
      hurryProjection: (name) => projectors.hurry(name),
      encrypts: (resource) => vault.encrypts(resource),
      survey: purgeSurvey(sealed, { hurryProjection: (name) => projectors.hurry(name), clock }),
      agents,
      tls: { certificate: pki.certificate, key: pki.key, clientAuthority: pki.authority },
      advertisedAddress: `${flags.advertiseAddress ?? flags.bindAddress}:${flags.port}`,
      ready: [
        { name: 'log', check: () => (link.connected() ? undefined : 'not connected to NATS') },
        // Later on Postgres may be away; whoever has started a new cluster is not told that it is ready before it has a past.
        { name: 'projection', check: () => (flags.firstStart === true && !hasSchema ? 'is being made' : undefined) },
      ],
    },
    flags.port,
    flags.bindAddress,
  );
  scope.defer(() => api.stop());
  logger.info({ address: api.address.address, port: api.address.port }, 'serving');
  const address = advertisedAddress(flags, nodeAddress);
  if (address === undefined) {
    logger.info('the kubernetes Service has no endpoints of this server: the machine has no address but loopback');
  } else {
    if (isLoopback(flags.bindAddress) && flags.advertiseAddress === undefined) {
      logger.info(
        { address },
        'pods are led to an address at which this server does not listen; --bind-address lets it',
      );
    }
    const endpoints = startApiEndpoints({ state, address, port: api.address.port, clock, logger });
    scope.defer(() => endpoints.stop());
  }
  await Promise.race([untilAborted(signal), fatal.promise]);
}

/** The projectors, once there is a schema to project into. */
interface Projectors {
  /** Rejects with what a projector cannot go on after. */
  readonly failed: Promise<never>;
  projectors(): readonly Projector[];
  /** Somebody waits for the newest of this log. */
  hurry(log: string): void;
  /** Lets them catch up for a moment, so that the next start has less to fold. */
  close(): Promise<void>;
}

function projectorsAfter(
  migrated: Promise<void>,
  start: () => {
    readonly running: readonly { readonly log: CommitLog; readonly projector: Projector }[];
    end(): Promise<void>;
  },
): Projectors {
  let started: ReturnType<typeof start> | undefined;
  const failed = migrated.then(async () => {
    started = start();
    return await Promise.race(
      started.running.map(async ({ projector }): Promise<never> => {
        const failure = await projector.ended;
        return failure === undefined ? await new Promise<never>(() => undefined) : await Promise.reject(failure);
      }),
    );
  });
  failed.catch(() => undefined);
  return {
    failed,
    projectors: () => started?.running.map(({ projector }) => projector) ?? [],
    hurry(name) {
      for (const { log, projector } of started?.running ?? []) if (log.name === name) projector.hurry();
    },
    async close() {
      if (started === undefined) return;
      await Promise.all(
        started.running.map(async ({ log, projector }) => {
          await flush(log, projector);
          await projector.close();
        }),
      );
      await started.end();
    },
  };
}

/** Binds chapters once there is a schema, on connections of its own: one reads while the other writes. */
function bindingAfter(
  migrated: Promise<void>,
  url: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): { close(): Promise<void> } {
  const settings = { work_mem: `${limits.chapterSortBytes / 1024}kB`, synchronous_commit: 'off' };
  const database = openDatabase({ url, name: 'taffrail-bind', connectionsCount: 2, settings });
  const bind = async (signal: AbortSignal): Promise<BoundChapter | undefined> => {
    await migrated;
    return await bindChapter(database, signal);
  };
  const binding = startBinding({ bind, clock, logger });
  return {
    async close() {
      await binding.close();
      await database.end({ timeout: 1 });
    },
  };
}

/** Waits briefly for the projection to reach the log's head. What is left over is projected after the next start. */
async function flush(log: CommitLog, projector: Projector): Promise<void> {
  try {
    const { sequence } = await log.head(AbortSignal.timeout(limits.projectorFlushMs));
    await projector.waitFor(sequence, limits.projectorFlushMs);
  } catch (thrown) {
    if (!(thrown instanceof OperatingError)) throw thrown;
  }
}

interface PkiMaterial {
  readonly certificate: Buffer;
  readonly key: Buffer;
  readonly authority: Buffer;
  readonly clientCertificate: Buffer;
  readonly clientKey: Buffer;
}

async function readPki(files: ClusterPki): Promise<PkiMaterial> {
  try {
    const [certificate, key, authority, clientCertificate, clientKey] = await Promise.all([
      readFile(files.apiCertificateFile),
      readFile(files.apiKeyFile),
      readFile(files.caCertificateFile),
      readFile(files.apiClientCertificateFile),
      readFile(files.apiClientKeyFile),
    ]);
    return { certificate, key, authority, clientCertificate, clientKey };
  } catch (thrown) {
    throw new OperatingError(
      'missing-dependency',
      `the cluster's certificates cannot be read (${messageOf(thrown)}): \`taffrail up\` makes them`,
      { cause: thrown },
    );
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
