import type { AddressInfo } from 'node:net';
import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import { Metrics } from '@taffrail/platform/metrics';
import { prometheusText } from '@taffrail/platform/prometheus-text';
import type { Random } from '@taffrail/platform/random';
import { noTracer, type Tracer } from '@taffrail/platform/tracer';
import type { ReadModel } from '@taffrail/projection/read-model';
import { purges } from '@taffrail/resources/kinds/own';
import type { EncryptedResources } from '@taffrail/resources/encrypted-resources';
import { findKind, findResource, servedResources } from '@taffrail/resources/registry';
import type { StateMachine } from '@taffrail/state/state-machine';
import { staticAuthorizer } from './auth/static-authorizer.ts';
import type { AgentClient } from './handlers/agent-client.ts';
import { answered } from './handlers/answered.ts';
import { measureApi } from './handlers/api-metrics.ts';
import type { ApiContext } from './handlers/context.ts';
import { apiDocuments } from './documents/documents.ts';
import type { HealthCheck } from './handlers/health.ts';
import type { PurgeSurvey } from './purge-survey.ts';
import { ListSnapshots } from './handlers/list-snapshots.ts';
import { OpenWatches } from './handlers/open-watches.ts';
import { presentView } from './handlers/present-view.ts';
import { RequestMetrics } from './handlers/request-metrics.ts';
import { WatchGroups } from './handlers/watch-groups.ts';
import { createHttpServer, type TlsMaterial } from './http/server.ts';
import { router } from './router.ts';

export interface ApiServerOptions {
  readonly state: StateMachine;
  /** With bodies in clear. */
  readonly readModel: ReadModel;
  readonly hurryProjection?: ApiContext['hurryProjection'];
  /** What is written down encrypted. */
  readonly encrypts: EncryptedResources;
  readonly survey: PurgeSurvey;
  readonly agents: AgentClient;
  readonly tls: TlsMaterial;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** `host:port` clients may find the server at, as `/api` tells them. */
  readonly advertisedAddress: string;
  /** What must hold before the server counts as ready, beside itself. */
  readonly ready: readonly HealthCheck[];
  /** What `/metrics` shows; the server adds its own. */
  readonly metrics?: Metrics;
  readonly tracer?: Tracer;
}

/** A running API server. */
export interface ApiServer {
  readonly address: AddressInfo;
  /** Ends watches, lets requests under way finish, and closes the port. The state machine stays with its owner. */
  stop(): Promise<void>;
}

/** Serves the Kubernetes API over a state machine. Throws OperatingError `address-in-use` or `permission`. */
export async function serveApi(options: ApiServerOptions, port: number, address: string): Promise<ApiServer> {
  const { state, readModel, hurryProjection, encrypts, survey, clock, random, logger } = options;
  const watches = new OpenWatches();
  const snapshots = new ListSnapshots(clock);
  const context: ApiContext = {
    state,
    readModel,
    hurryProjection,
    encrypts,
    view: presentView,
    survey,
    watches,
    groups: new WatchGroups(state, (task) => void setImmediate(task)),
    clock,
    random,
    logger,
    snapshots,
  };
  // Whoever pages through a list is not shown a purged object on its next page either.
  const purging = state.subscribe(purges, state.revision(purges), { onChanges: () => snapshots.clear() });
  const metrics = options.metrics ?? new Metrics();
  measureApi(metrics, context);
  const definitions = servedResources();
  const groups = new Set(definitions.map((definition) => definition.group));
  let stopping = false;
  const serving: HealthCheck = { name: 'shutdown', check: () => (stopping ? 'process is shutting down' : undefined) };
  const http = createHttpServer({
    tls: options.tls,
    clock,
    logger,
    handle: router({
      context,
      authorizer: staticAuthorizer,
      agents: options.agents,
      answered: answered({ context, authorizer: staticAuthorizer, ready: options.ready }),
      documents: apiDocuments(definitions, options.advertisedAddress),
      health: { live: [{ name: 'ping', check: () => undefined }], ready: [...options.ready, serving] },
      requests: new RequestMetrics(metrics, clock),
      tracer: options.tracer ?? noTracer,
      renderMetrics: () => prometheusText(metrics.collect()),
      findResource,
      findKind,
      hasGroup: (group) => groups.has(group),
    }),
  });
  const listening = await http.listen(port, address);
  return {
    address: listening,
    async stop() {
      stopping = true;
      watches.endAll();
      purging?.close();
      await http.stop(limits.httpStopGraceMs);
    },
  };
}
