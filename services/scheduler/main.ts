import { clusterSources } from '@taffrail/controller/cluster';
import { httpApiClient } from '@taffrail/controller/http-api-client';
import { CLUSTER_USAGE, clusterFlags, runService } from '@taffrail/controller/run-service';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { systemClock as clock } from '@taffrail/platform/clock';
import { componentLogger } from '@taffrail/platform/logger';
import { systemRandom as random } from '@taffrail/platform/random';
import { runScheduler } from './run-scheduler.ts';

const logger = componentLogger('scheduler');

await runService({
  logger,
  component: 'scheduler',
  usage: `usage: taffrail scheduler ${CLUSTER_USAGE}`,
  flags: clusterFlags,
  async run({ kubeconfig, natsUrl }, { tracer, metrics }, signal) {
    const endpoint = await readKubeconfig(kubeconfig);
    const client = httpApiClient({ endpoint, clock, userAgent: 'taffrail-scheduler/0.1.0', tracer, metrics });
    try {
      const sources = clusterSources({ client, natsUrl, name: 'taffrail-scheduler', clock, random, logger, metrics });
      await runScheduler({ client, sources, clock, random, logger, tracer, metrics }, signal);
    } finally {
      client.close();
    }
  },
});
