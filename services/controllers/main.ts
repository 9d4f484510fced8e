import { clusterSources } from '@taffrail/controller/cluster';
import { httpApiClient } from '@taffrail/controller/http-api-client';
import { runService } from '@taffrail/controller/run-service';
import { runControllers } from '@taffrail/controller/runtime';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { systemClock as clock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { componentLogger } from '@taffrail/platform/logger';
import { systemRandom as random } from '@taffrail/platform/random';
import { builtInControllers } from './controllers.ts';
import { controllersFlags, USAGE } from './flags.ts';

const logger = componentLogger('controllers');

await runService({
  logger,
  component: 'controllers',
  usage: USAGE,
  flags: controllersFlags,
  async run({ kubeconfig, natsUrl, publishServiceCa }, { tracer, metrics }, signal) {
    const endpoint = await readKubeconfig(kubeconfig);
    if (endpoint.certificateAuthority === undefined) {
      throw new OperatingError('protocol', `${kubeconfig} names no certificate authority, which has to be published`);
    }
    const client = httpApiClient({ endpoint, clock, userAgent: 'taffrail-controllers/0.1.0', tracer, metrics });
    try {
      const sources = clusterSources({ client, natsUrl, name: 'taffrail-controllers', clock, random, logger, metrics });
      const controllers = builtInControllers({ rootCertificate: endpoint.certificateAuthority, publishServiceCa });
      await runControllers({ controllers, client, sources, clock, random, logger, tracer, metrics }, signal);
    } finally {
      client.close();
    }
  },
});
