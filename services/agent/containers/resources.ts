import type { Container, Pod, ResourceRequirements } from '@taffrail/resources/generated/types';
import type { ContainerResources } from '../runtime/port.ts';
import { bytes, milliCores } from './quantity.ts';

const CPU_PERIOD_MICROS = 100_000;
const MINIMUM_SHARES = 2;
const MINIMUM_QUOTA_MICROS = 1000;

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** What a container asks for, else what it may use at most (Kubernetes defaults requests to limits). */
const requested = (resources: ResourceRequirements | undefined, name: string): string | undefined =>
  resources?.requests?.[name] ?? resources?.limits?.[name];

const sharesOf = (milli: number): number => Math.max(MINIMUM_SHARES, Math.floor((milli * 1024) / 1000));
const quotaOf = (milli: number): number => Math.max(MINIMUM_QUOTA_MICROS, (milli * CPU_PERIOD_MICROS) / 1000);

/** All containers of a pod, init containers included. */
const allContainers = (pod: Pod): readonly Container[] => [
  ...(pod.spec?.initContainers ?? []),
  ...(pod.spec?.containers ?? []),
];

/** The pod's quality of service, from cpu and memory of all its containers. */
export function qosClass(pod: Pod): QosClass {
  const relevant = ['cpu', 'memory'];
  const has = (list: Readonly<Record<string, string>> | undefined, name: string): boolean =>
    list?.[name] !== undefined && list[name] !== '0';
  const containers = allContainers(pod);
  const any = containers.some(({ resources }) =>
    relevant.some((name) => has(resources?.requests, name) || has(resources?.limits, name)),
  );
  if (!any) return 'BestEffort';
  const guaranteed = containers.every(({ resources }) =>
    relevant.every(
      (name) =>
        has(resources?.limits, name) &&
        bytesOrMilli(name, requested(resources, name)) === bytesOrMilli(name, resources?.limits?.[name]),
    ),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

const bytesOrMilli = (name: string, text: string | undefined): number =>
  name === 'cpu' ? milliCores(text) : bytes(text);

/** The kernel's limits for one container. */
export function containerResources(pod: Pod, container: Container, nodeMemoryBytes: number): ContainerResources {
  const { resources } = container;
  const cpuLimit = milliCores(resources?.limits?.['cpu']);
  const memoryLimit = bytes(resources?.limits?.['memory']);
  return {
    cpuShares: sharesOf(milliCores(requested(resources, 'cpu'))),
    ...(cpuLimit === 0 ? {} : { cpuPeriodMicros: CPU_PERIOD_MICROS, cpuQuotaMicros: quotaOf(cpuLimit) }),
    ...(memoryLimit === 0 ? {} : { memoryLimitBytes: memoryLimit }),
    oomScoreAdj: oomScoreAdj(pod, bytes(requested(resources, 'memory')), nodeMemoryBytes),
  };
}

/** How early the kernel kills it when memory runs out: guaranteed pods last, best-effort ones first. */
function oomScoreAdj(pod: Pod, requestBytes: number, nodeMemoryBytes: number): number {
  const qos = qosClass(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort' || nodeMemoryBytes === 0) return 1000;
  const score = 1000 - Math.floor((1000 * requestBytes) / nodeMemoryBytes);
  return Math.min(999, Math.max(3, score));
}

/** Limits of the whole pod, for its own cgroup; absent where one container has none. */
export function podResources(pod: Pod): ContainerResources {
  const mains = pod.spec?.containers ?? [];
  const sum = (of: (resources: ResourceRequirements | undefined) => number): number =>
    mains.reduce((total, { resources }) => total + of(resources), 0);
  const everyHas = (name: string): boolean => mains.every(({ resources }) => resources?.limits?.[name] !== undefined);
  const inits = pod.spec?.initContainers ?? [];
  const most = (mainSum: number, of: (resources: ResourceRequirements | undefined) => number): number =>
    Math.max(mainSum, ...inits.map(({ resources }) => of(resources)));
  const cpuLimit = (resources: ResourceRequirements | undefined): number => milliCores(resources?.limits?.['cpu']);
  const memoryLimit = (resources: ResourceRequirements | undefined): number => bytes(resources?.limits?.['memory']);
  return {
    cpuShares: sharesOf(sum((resources) => milliCores(requested(resources, 'cpu')))),
    ...(everyHas('cpu') && inits.every(({ resources }) => resources?.limits?.['cpu'] !== undefined)
      ? { cpuPeriodMicros: CPU_PERIOD_MICROS, cpuQuotaMicros: quotaOf(most(sum(cpuLimit), cpuLimit)) }
      : {}),
    ...(everyHas('memory') && inits.every(({ resources }) => resources?.limits?.['memory'] !== undefined)
      ? { memoryLimitBytes: most(sum(memoryLimit), memoryLimit) }
      : {}),
  };
}
