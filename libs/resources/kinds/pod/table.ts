import { parseRfc3339 } from '@taffrail/platform/clock';
import type { Container, ContainerState, ContainerStatus, Pod } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { age, NONE, orNone } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import type { Cell } from '../../cell.ts';

export const podColumns = [
  NAME,
  narrow('Ready', 'Ready containers out of all'),
  narrow('Status', 'What the pod is doing, or why it is not'),
  narrow('Restarts', 'How often its containers were restarted, and when last'),
  AGE,
  wide('IP', 'Address of the pod'),
  wide('Node', 'Node the pod is bound to'),
  wide('Nominated Node', 'Node held free for the pod by preemption'),
  wide('Readiness Gates', 'Readiness gates passed out of all'),
] as const;

export function podCells(pod: Given<Pod>): readonly Cell[] {
  const seen = observe(pod);
  return [
    pod.metadata?.name ?? '',
    `${seen.ready}/${seen.total}`,
    finalReason(pod, seen.reason),
    restartsText(seen.restarts),
    age(pod.metadata),
    orNone(pod.status?.podIP),
    orNone(pod.spec?.nodeName),
    orNone(pod.status?.nominatedNodeName),
    readinessGates(pod),
  ];
}

interface Restarts {
  readonly count: number;
  /** When a container last ended, epoch milliseconds; 0 when unknown. */
  readonly lastMs: number;
}

const NO_RESTARTS: Restarts = { count: 0, lastMs: 0 };

interface Observation {
  readonly ready: number;
  readonly total: number;
  readonly reason: string;
  readonly restarts: Restarts;
}

function addRestarts(sum: Restarts, one: Given<ContainerStatus>): Restarts {
  const endedAt = one.lastState?.terminated?.finishedAt;
  const endedMs = typeof endedAt === 'string' ? (parseRfc3339(endedAt) ?? 0) : 0;
  return { count: sum.count + (one.restartCount ?? 0), lastMs: Math.max(sum.lastMs, endedMs) };
}

function observe(pod: Given<Pod>): Observation {
  const sidecars = new Set((pod.spec?.initContainers ?? []).filter(isSidecar).map((container) => container.name));
  const total = (pod.spec?.containers ?? []).length + sidecars.size;
  const init = observeInit(pod, sidecars);
  const reason = init.reason ?? initialReason(pod);
  const initialized =
    pod.status?.conditions?.some((one) => one.type === 'Initialized' && one.status === 'True') === true;
  if (init.reason !== undefined && !initialized) {
    return { ready: init.ready, total, reason, restarts: init.restarts };
  }
  const main = observeMain(pod, reason);
  const restarts = (pod.status?.containerStatuses ?? []).reduce(addRestarts, init.sidecarRestarts);
  return { ready: init.ready + main.ready, total, reason: main.reason, restarts };
}

function isSidecar(container: Given<Container>): boolean {
  return container.restartPolicy === 'Always';
}

function initialReason(pod: Given<Pod>): string {
  const gated = pod.status?.conditions?.some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated');
  if (gated === true) return 'SchedulingGated';
  return orElse(pod.status?.reason, pod.status?.phase ?? '');
}

function orElse(text: string | undefined, fallback: string): string {
  return text === undefined || text === '' ? fallback : text;
}

interface InitObservation {
  /** Why the pod is still initialising; undefined once every init container is done. */
  readonly reason: string | undefined;
  readonly ready: number;
  readonly restarts: Restarts;
  readonly sidecarRestarts: Restarts;
}

function observeInit(pod: Given<Pod>, sidecars: ReadonlySet<string | undefined>): InitObservation {
  let ready = 0;
  let restarts = NO_RESTARTS;
  let sidecarRestarts = NO_RESTARTS;
  const total = pod.spec?.initContainers?.length ?? 0;
  for (const [at, one] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = sidecars.has(one.name);
    restarts = addRestarts(restarts, one);
    if (sidecar) sidecarRestarts = addRestarts(sidecarRestarts, one);
    if (one.state?.terminated?.exitCode === 0) continue;
    if (sidecar && one.started === true) {
      if (one.ready === true) ready += 1;
      continue;
    }
    return { reason: initReason(one.state, at, total), ready, restarts, sidecarRestarts };
  }
  return { reason: undefined, ready, restarts, sidecarRestarts };
}

function initReason(state: Given<ContainerState> | undefined, at: number, total: number): string {
  if (state?.terminated !== undefined) return `Init:${endReason(state.terminated)}`;
  const waiting = state?.waiting?.reason ?? '';
  return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${at}/${total}`;
}

function endReason(terminated: NonNullable<Given<ContainerState>['terminated']>): string {
  const byNumber =
    (terminated.signal ?? 0) === 0 ? `ExitCode:${terminated.exitCode ?? 0}` : `Signal:${terminated.signal}`;
  return orElse(terminated.reason, byNumber);
}

function observeMain(pod: Given<Pod>, before: string): { readonly ready: number; readonly reason: string } {
  let reason = before;
  let ready = 0;
  for (const one of (pod.status?.containerStatuses ?? []).toReversed()) {
    const waiting = one.state?.waiting?.reason ?? '';
    if (waiting !== '') reason = waiting;
    else if (one.state?.terminated !== undefined) reason = endReason(one.state.terminated);
    else if (one.ready === true && one.state?.running !== undefined) ready += 1;
  }
  if (reason !== 'Completed' || ready === 0) return { ready, reason };
  const podReady = pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
  return { ready, reason: podReady ? 'Running' : 'NotReady' };
}

function finalReason(pod: Given<Pod>, reason: string): string {
  if (pod.metadata?.deletionTimestamp === undefined) return reason;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  return over ? reason : 'Terminating';
}

function restartsText({ count, lastMs }: Restarts): Cell {
  if (count === 0 || lastMs === 0) return String(count);
  return { before: `${count} (`, sinceMs: lastMs, after: ' ago)' };
}

function readinessGates(pod: Given<Pod>): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const passed = gates.filter((gate) =>
    pod.status?.conditions?.some((one) => one.type === gate.conditionType && one.status === 'True'),
  );
  return `${passed.length}/${gates.length}`;
}
