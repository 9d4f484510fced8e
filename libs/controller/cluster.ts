import { connectNats, type NatsLink } from '@taffrail/log/connect';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { chainChecks } from '@taffrail/log/chain-checks';
import { readVerified } from '@taffrail/log/verified-reader';
import type { Clock } from '@taffrail/platform/clock';
import type { Logger } from '@taffrail/platform/logger';
import { Metrics } from '@taffrail/platform/metrics';
import type { Random } from '@taffrail/platform/random';
import type { ApiClient, ResourceName } from './api-client.ts';
import { resourceText } from './api-path.ts';
import { logSource, type FollowLog } from './log-source.ts';
import type { Source } from './source.ts';
import { watchSource } from './watch-source.ts';

export interface ClusterSourcesOptions {
  readonly client: ApiClient;
  readonly natsUrl: string;
  /** Shown in NATS' list of connections. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

/**
 * Resources that do not come from LOG: Events and Leases stand in streams of their own, and the log holds Secrets as
 * ciphertext only. They are watched over HTTP.
 */
const APART = new Set(['secrets', 'events', 'events.events.k8s.io', 'leases.coordination.k8s.io']);

/** Sources for a program that may read the log: LOG for everything it holds readable, HTTP for the rest. */
export function clusterSources(
  options: ClusterSourcesOptions,
): (resources: readonly ResourceName[]) => readonly Source[] {
  return (resources) => {
    const apart = resources.filter((resource) => APART.has(resourceText(resource)));
    const inLog = resources.filter((resource) => !APART.has(resourceText(resource)));
    return [
      ...(inLog.length === 0 ? [] : [logSource({ ...options, resources: inLog, follow: followLog(options) })]),
      ...apart.map((resource) => watchSource({ ...options, resource })),
    ];
  };
}

/** Follows LOG with the verified reader. The connection is made with the first use and kept. */
function followLog(options: ClusterSourcesOptions): FollowLog {
  let opened: Promise<NatsLink> | undefined;
  const checked = chainChecks(options.metrics ?? new Metrics(), 'LOG');
  return async function* follow(start, signal) {
    opened ??= connectOnce(options, signal);
    const link = await opened;
    const log = await openJetStreamLog(link, { name: 'LOG', trimmable: false });
    try {
      yield* readVerified(log, { start, signal, checked });
    } finally {
      await log.close();
    }
  };
}

async function connectOnce(options: ClusterSourcesOptions, signal: AbortSignal): Promise<NatsLink> {
  const { natsUrl: url, name, clock, logger } = options;
  const link = await connectNats({ url, name, clock, logger, signal });
  signal.addEventListener(
    'abort',
    () => {
      link.close().catch((error: unknown) => logger.warn({ error }, 'closing the NATS connection failed'));
    },
    { once: true },
  );
  return link;
}
