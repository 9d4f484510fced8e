import type {
  Container,
  ContainerStatus,
  EphemeralContainer,
  Pod,
  PodSpec,
  PodTemplateSpec,
  ResourceRequirements,
} from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import type { MutableJsonObject } from '../../json.ts';
import { formatQuantity } from '../../syntax/quantity.ts';
import { nullTimes } from '../null-times.ts';
import { canonicalQuantities } from '../quantities.ts';
import { defaultHttpGet, defaultProbe } from './default-probe.ts';
import { defaultVolume } from './default-volume.ts';
import { defaultPullPolicy } from './image.ts';
import { containerTotals } from './totals.ts';

/** The scheduler that places pods which name none. */
export const DEFAULT_SCHEDULER = 'default-scheduler';
const GRACE_PERIOD_SECONDS = 30;
const HUGE_PAGES = 'hugepages-';

/** Defaults of a Pod: those of any pod spec, and those only a real pod gets (requests from limits, service links). */
export function defaultPod(pod: Draft<Pod>): void {
  const spec = (pod.spec ??= {});
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])])
    requestsFromLimits(container.resources);
  defaultPodResources(pod);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork === true) exposeHostPorts(spec);
  defaultPodSpec(spec);
  defaultPodStatus(pod);
}

/** Defaults of the template in a workload. */
export function defaultPodTemplate(template: Draft<PodTemplateSpec>): void {
  const metadata = (template.metadata ??= {});
  // Recorded answers carry the template's unset creation time as null.
  (metadata as MutableJsonObject)['creationTimestamp'] ??= null;
  defaultPodSpec((template.spec ??= {}));
}

function defaultPodSpec(spec: Draft<PodSpec>): void {
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  setEmpty(spec, 'dnsPolicy', 'ClusterFirst');
  setEmpty(spec, 'restartPolicy', 'Always');
  setEmpty(spec, 'schedulerName', DEFAULT_SCHEDULER);
  spec.terminationGracePeriodSeconds ??= GRACE_PERIOD_SECONDS;
  spec.securityContext ??= {};
  canonicalQuantities(spec.overhead);
  canonicalQuantities(spec.resources?.limits);
  canonicalQuantities(spec.resources?.requests);
  mirrorServiceAccount(spec);
}

/** `serviceAccount` is the old name of `serviceAccountName`; both are always shown. */
function mirrorServiceAccount(spec: Draft<PodSpec>): void {
  const name =
    spec.serviceAccountName === undefined || spec.serviceAccountName === ''
      ? spec.serviceAccount
      : spec.serviceAccountName;
  if (name === undefined || name === '') return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

function setEmpty<K extends string>(holder: { [Key in K]?: string | undefined }, field: K, value: string): void {
  if (holder[field] === undefined || holder[field] === '') holder[field] = value;
}

function defaultContainer(container: Draft<Container> | Draft<EphemeralContainer>): void {
  setEmpty(container, 'imagePullPolicy', defaultPullPolicy(container.image ?? ''));
  setEmpty(container, 'terminationMessagePath', '/dev/termination-log');
  setEmpty(container, 'terminationMessagePolicy', 'File');
  container.resources ??= {};
  canonicalQuantities(container.resources.limits);
  canonicalQuantities(container.resources.requests);
  for (const port of container.ports ?? []) setEmpty(port, 'protocol', 'TCP');
  for (const variable of container.env ?? []) {
    const { fieldRef, resourceFieldRef } = variable.valueFrom ?? {};
    if (fieldRef !== undefined) setEmpty(fieldRef, 'apiVersion', 'v1');
    if (resourceFieldRef !== undefined) resourceFieldRef.divisor ??= '0';
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) defaultProbe(probe);
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop])
    defaultHttpGet(handler?.httpGet);
}

function requestsFromLimits(resources: Draft<ResourceRequirements> | undefined): void {
  if (resources?.limits === undefined) return;
  resources.requests = { ...resources.limits, ...resources.requests };
}

/**
 * What a pod as a whole requests where it only says its limits: what its containers request, or else the limit. Limits of
 * huge pages, of which a request is never below the limit, follow from the containers' too. In place.
 */
export function defaultPodResources(pod: Draft<Pod>): void {
  const resources = pod.spec?.resources;
  if (resources === undefined) return;
  const spec = pod.spec as Given<PodSpec>;
  const limits = { ...resources.limits };
  const requests = { ...resources.requests };
  if (Object.keys({ ...limits, ...requests }).length === 0) return;
  for (const [name, amount] of Object.entries(containerTotals(spec, 'limits'))) {
    if (name.startsWith(HUGE_PAGES) && requests[name] === undefined) limits[name] ??= formatQuantity(amount);
  }
  if (Object.keys(limits).length === 0) return;
  for (const [name, amount] of Object.entries(containerTotals(spec, 'requests'))) {
    if (name === 'cpu' || name === 'memory') requests[name] ??= formatQuantity(amount);
  }
  resources.limits = limits;
  resources.requests = { ...limits, ...requests };
}

/** On the host's network a container's port is the host's. */
function exposeHostPorts(spec: Draft<PodSpec>): void {
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    for (const port of container.ports ?? []) {
      if (port.hostPort === undefined || port.hostPort === 0) port.hostPort = port.containerPort;
    }
  }
}

function defaultPodStatus(pod: Draft<Pod>): void {
  if (pod.status === undefined) return;
  setEmpty(pod.status, 'phase', 'Pending');
  nullTimes(pod.status.conditions, 'lastProbeTime', 'lastTransitionTime');
  for (const list of [
    pod.status.initContainerStatuses,
    pod.status.containerStatuses,
    pod.status.ephemeralContainerStatuses,
  ]) {
    for (const one of list ?? []) defaultContainerStatus(one);
  }
}

function defaultContainerStatus(one: Draft<ContainerStatus>): void {
  one.state ??= {};
  one.lastState ??= {};
  one.ready ??= false;
  one.restartCount ??= 0;
  one.image ??= '';
  one.imageID ??= '';
  for (const state of [one.state, one.lastState]) {
    if (state.running !== undefined) nullTimes([state.running], 'startedAt');
    if (state.terminated !== undefined) nullTimes([state.terminated], 'startedAt', 'finishedAt');
  }
}
