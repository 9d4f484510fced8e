import { clusterSources } from '@taffrail/controller/cluster';
import { httpApiClient } from '@taffrail/controller/http-api-client';
import { clusterFlags, runService } from '@taffrail/controller/run-service';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { systemClock as clock } from '@taffrail/platform/clock';
import { componentLogger } from '@taffrail/platform/logger';
import { systemRandom as random } from '@taffrail/platform/random';
import { runScheduler } from './run-scheduler.ts';

const logger = componentLogger('scheduler');

await runService({
  logger,
  flags: clusterFlags,
  async run({ kubeconfig, natsUrl }, signal) {
    const endpoint = await readKubeconfig(kubeconfig);
    const client = httpApiClient({ endpoint, clock, userAgent: 'taffrail-scheduler/0.1.0' });
    try {
      const sources = clusterSources({ client, natsUrl, name: 'taffrail-scheduler', clock, random, logger });
      await runScheduler({ client, sources, clock, random, logger }, signal);
    } finally {
      client.close();
    }
  },
});
