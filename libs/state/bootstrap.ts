import type { Logger } from '@taffrail/platform/logger';
import { OperatingError } from '@taffrail/platform/failure';
import { isRejection } from '@taffrail/machinery/rejection';
import type { ServiceCIDR } from '@taffrail/resources/generated/types';
import type { JsonObject } from '@taffrail/resources/json';
import { SYSTEM_PRIORITIES } from '@taffrail/resources/kinds/priorityclass/rules';
import type { KubeObject } from '@taffrail/resources/object';
import { servedResources } from '@taffrail/resources/registry';
import type { RequestContext } from './command.ts';
import { SYSTEM_ACTOR } from './decide/system-actor.ts';
import { formatIpv4, type ServiceNetwork } from './decide/service-network.ts';
import { localApiServices } from './local-api-services.ts';
import type { ResourceIndex } from './resource-index.ts';
import type { StateMachine } from './state-machine.ts';

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

/** What the server asks for on its own account; `because` says what made it act: `start:apiserver:`, `timer:event-expiry:`. */
export function systemRequest(because: `${'start' | 'timer'}:${string}:`): RequestContext {
  return { actor: SYSTEM_ACTOR, cause: { correlation: because, traceparent: '' }, dryRun: false, system: true };
}

/**
 * Makes sure of what every cluster has: the system namespaces (each with its default ServiceAccount), the priority classes
 * of system pods, an APIService for each group and version, the range of cluster IPs, and the `kubernetes` Service with
 * the first of them. Several servers may try at once; what is there already stays.
 */
export async function ensureClusterObjects(
  machine: Pick<StateMachine, 'submit' | 'get'>,
  resources: ResourceIndex,
  network: ServiceNetwork,
  apiPort: number,
  logger: Logger,
): Promise<void> {
  const ensure = async (
    resource: string,
    namespace: string,
    name: string,
    object: JsonObject,
    group = '',
  ): Promise<void> => {
    const definition = resources.find({ group, resource });
    if (definition === undefined || machine.get(definition, namespace, name) !== undefined) return;
    const target = { definition, namespace, name, subresource: '' };
    const command = { type: 'create', target, object: object as KubeObject } as const;
    const outcome = await machine.submit(command, systemRequest('start:apiserver:'));
    if (!isRejection(outcome)) {
      logger.info({ resource, namespace, name }, 'created');
    } else if (outcome.reason !== 'AlreadyExists') {
      throw new OperatingError('protocol', `cannot create ${resource} ${name}: ${outcome.message}`);
    }
  };
  await Promise.all(
    NAMESPACES.map(async (name) => {
      await ensure('namespaces', '', name, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }),
  );
  await Promise.all(
    Object.entries(SYSTEM_PRIORITIES).map(async ([name, value]) => {
      await ensure('priorityclasses', '', name, systemPriority(name, value), 'scheduling.k8s.io');
    }),
  );
  await Promise.all(
    localApiServices(servedResources()).map(async (object) => {
      const { name } = object['metadata'] as { readonly name: string };
      await ensure('apiservices', '', name, object, 'apiregistration.k8s.io');
    }),
  );
  await ensure('servicecidrs', '', 'kubernetes', serviceCidr(network), 'networking.k8s.io');
  await sayReady(machine, resources, network);
  await ensure('services', 'default', 'kubernetes', apiService(network, apiPort));
}

function systemPriority(name: string, value: number): JsonObject {
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description: SYSTEM_PRIORITY_DESCRIPTIONS[name] ?? '',
  };
}

const SYSTEM_PRIORITY_DESCRIPTIONS: Readonly<Record<string, string>> = {
  'system-cluster-critical':
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  'system-node-critical': 'Used for system critical pods that must not be moved from their current node.',
};

/** Where cluster IPs are given from, until somebody makes further ranges. */
function serviceCidr({ cidr }: ServiceNetwork): JsonObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs: [cidr] },
  };
}

/** The first range is ready at once, when it is the one this server was started with; a controller sees to the others. */
async function sayReady(
  machine: Pick<StateMachine, 'submit' | 'get'>,
  resources: ResourceIndex,
  { cidr }: ServiceNetwork,
): Promise<void> {
  const definition = resources.find({ group: 'networking.k8s.io', resource: 'servicecidrs' });
  const present = definition === undefined ? undefined : machine.get(definition, '', 'kubernetes')?.object();
  if (definition === undefined || present === undefined) return;
  const { spec, status } = present as unknown as ServiceCIDR;
  const isOurs = spec?.cidrs?.length === 1 && spec.cidrs[0] === cidr;
  if (!isOurs || status?.conditions?.some(({ type }) => type === 'Ready') === true) return;
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: '',
    message: 'Kubernetes default Service CIDR is ready',
    lastTransitionTime: present.metadata.creationTimestamp ?? '',
  };
  const target = { definition, namespace: '', name: 'kubernetes', subresource: 'status' };
  const object = { ...present, status: { conditions: [condition] } } as unknown as KubeObject;
  const outcome = await machine.submit({ type: 'update', target, object }, systemRequest('start:apiserver:'));
  // Whoever was faster, another server or the controller, has said it.
  if (isRejection(outcome) && outcome.reason !== 'Conflict') {
    throw new OperatingError('protocol', `cannot say that servicecidrs kubernetes is ready: ${outcome.message}`);
  }
}

function apiService(network: ServiceNetwork, apiPort: number): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: formatIpv4(network.first),
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: apiPort }],
      sessionAffinity: 'None',
      // It has no selector: its endpoints are the API servers themselves.
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    },
  };
}
