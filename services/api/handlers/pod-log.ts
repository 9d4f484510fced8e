import { isRejection, notFound, badRequest, type Rejection } from '@taffrail/machinery/rejection';
import type { ContainerStatus, Pod } from '@taffrail/resources/generated/types';
import { isTrue } from '../http/parsed-request.ts';
import { agentAddress } from './agent-address.ts';
import type { AgentClient } from './agent-client.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { integerOf } from './list-options.ts';

/** Streams a container's log from the agent of its node. */
export async function answerPodLog(
  context: ApiContext,
  call: ResourceCall,
  agents: AgentClient,
): Promise<Rejection | undefined> {
  const { definition, namespace, request } = call;
  const stored = context.state.get(definition, namespace, request.name);
  if (stored === undefined) return notFound({ group: '', resource: 'pods', name: request.name });
  const pod = stored.object() as unknown as Pod;
  const container = containerOf(pod, request.query.get('container') ?? '');
  if (isRejection(container)) return container;
  const options = logOptions(request.query);
  if (isRejection(options)) return options;
  const nodeName = pod.spec?.nodeName ?? '';
  if (nodeName === '') {
    // No node, no log, and nothing wrong: Kubernetes answers without content.
    call.exchange.respond(204, {});
    return undefined;
  }
  const address = agentAddress(context, nodeName);
  if (isRejection(address)) return address;
  const waiting = waitingContainer(pod, container, options.get('previous') === 'true');
  if (waiting !== undefined) return waiting;
  const path = ['containerLogs', namespace, request.name, container].map(encodeURIComponent).join('/');
  return agents.stream(address, `/${path}?${options.toString()}`, call.exchange);
}

/** The container whose log is meant: named, or the only one, or the one an annotation names. */
function containerOf(pod: Pod, asked: string): string | Rejection {
  const spec = pod.spec;
  const name = pod.metadata.name ?? '';
  const names = (spec?.containers ?? []).map((container) => container.name);
  const initNames = (spec?.initContainers ?? []).map((container) => container.name);
  const ephemeralNames = (spec?.ephemeralContainers ?? []).map((container) => container.name);
  if (asked === '') {
    const [only] = names;
    if (names.length === 1 && only !== undefined) return only;
    const chosen = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
    if (chosen !== undefined && names.includes(chosen)) return chosen;
    const init = initNames.length === 0 ? '' : ` or one of the init containers: [${initNames.join(' ')}]`;
    return badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]${init}`);
  }
  if ([...names, ...initNames, ...ephemeralNames].includes(asked)) return asked;
  return badRequest(`container ${asked} is not valid for pod ${name}`);
}

/** The 400 of a container that has not begun, worded as the kubelet words it. */
function waitingContainer(pod: Pod, container: string, previous: boolean): Rejection | undefined {
  const status = statusOf(pod, container);
  const name = pod.metadata.name ?? '';
  const where = `container ${JSON.stringify(container)} in pod ${JSON.stringify(name)}`;
  if (previous) {
    const hasLast =
      status?.lastState?.terminated?.containerID !== undefined && status.lastState.terminated.containerID !== '';
    return hasLast ? undefined : badRequest(`previous terminated ${where} not found`);
  }
  const waiting = status?.state?.waiting;
  const ranBefore = (status?.lastState?.terminated?.containerID ?? '') !== '';
  if (waiting === undefined || ranBefore) return undefined;
  switch (waiting.reason) {
    case 'ErrImagePull':
      return badRequest(`${where} is waiting to start: image can't be pulled`);
    case 'ImagePullBackOff':
      return badRequest(`${where} is waiting to start: trying and failing to pull image`);
    case undefined:
    case '':
      return badRequest(`${where} is waiting to start`);
    default:
      return badRequest(`${where} is waiting to start: ${waiting.reason}`);
  }
}

function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  const status = pod.status;
  const all = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  return all.find((one) => one.name === container);
}

/** The log options an agent understands, checked. */
function logOptions(query: URLSearchParams): URLSearchParams | Rejection {
  const options = new URLSearchParams();
  for (const name of ['follow', 'previous', 'timestamps']) {
    if (isTrue(query.get(name))) options.set(name, 'true');
  }
  for (const name of ['tailLines', 'limitBytes', 'sinceSeconds']) {
    const value = integerOf(query, name);
    if (isRejection(value)) return value;
    if (value !== undefined) options.set(name, String(value));
  }
  const since = query.get('sinceTime') ?? '';
  if (since !== '') options.set('sinceTime', since);
  return options;
}
