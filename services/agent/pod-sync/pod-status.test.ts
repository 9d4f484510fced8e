import { describe, expect, test } from 'vitest';
import type { Pod, PodStatus } from '@taffrail/resources/generated/types';
import type { ContainerPhase, ContainerStatus, SandboxStatus } from '../runtime/port.ts';
import type { ObservedPod } from './observed-pod.ts';
import { emptyMemory, type PodMemory } from './pod-memory.ts';
import { podStatus } from './pod-status.ts';
import { statusPatch } from './status-writer.ts';

const NOW = Date.parse('2026-11-21T09:00:00Z');
const pod = (
  spec: Partial<NonNullable<Pod['spec']>> = {},
  status?: PodStatus,
  metadata: Pod['metadata'] = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: 'u1', ...metadata },
  spec: { containers: [{ name: 'main', image: 'app:1' }], ...spec },
  ...(status === undefined ? {} : { status }),
});
const sandbox: SandboxStatus = {
  id: 'sb',
  identity: { name: 'web', namespace: 'default', uid: 'u1', attempt: 0 },
  state: 'ready',
  createdMs: NOW,
  labels: {},
  annotations: {},
  ips: ['10.1.0.2'],
};
const container = (phase: ContainerPhase, changes: Partial<ContainerStatus> = {}): ContainerStatus => ({
  id: `c${changes.attempt ?? 0}`,
  sandboxId: 'sb',
  name: 'main',
  attempt: 0,
  phase,
  createdMs: NOW,
  labels: {},
  annotations: {},
  startedMs: NOW - 5000,
  finishedMs: phase === 'exited' ? NOW - 1000 : 0,
  exitCode: 0,
  reason: '',
  message: '',
  image: 'app:1',
  imageRef: 'sha256:1',
  logPath: '',
  ...changes,
});
function status(of: Pod, containers: readonly ContainerStatus[], memory: Partial<PodMemory> = {}, waiting = new Map()) {
  const observed: ObservedPod = { sandboxes: [sandbox], containers, images: new Set() };
  return podStatus({
    pod: of,
    observed,
    memory: { ...emptyMemory, ...memory },
    waiting,
    terminationMessages: new Map(),
    nodeIp: '192.0.2.1',
    runtimeName: 'containerd',
    nowMs: NOW,
  });
}
const ready = (of: PodStatus) => of.conditions?.find(({ type }) => type === 'Ready');

describe('what the agent says of a pod', () => {
  test('before its container is there: Pending, creating', () => {
    const said = status(pod(), []);
    expect(said).toMatchObject({ phase: 'Pending', podIP: '10.1.0.2', startTime: '2026-11-21T09:00:00Z' });
    expect(said.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    expect(ready(said)).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [main]',
    });
  });

  test('init containers and those that wait for them say PodInitializing', () => {
    const said = status(pod({ initContainers: [{ name: 'first', image: 'app:1' }] }), []);
    for (const one of [...(said.containerStatuses ?? []), ...(said.initContainerStatuses ?? [])]) {
      expect(one.state?.waiting?.reason).toBe('PodInitializing');
    }
    expect(said.conditions?.find(({ type }) => type === 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [first]',
    });
  });

  test('a container that waits for its restart keeps the pod Running and shows its last end', () => {
    const waiting = new Map([['main', { reason: 'CrashLoopBackOff', message: 'back-off' }]]);
    const said = status(pod(), [container('exited', { exitCode: 3, attempt: 2 })], {}, waiting);
    expect(said.phase).toBe('Running');
    expect(said.containerStatuses?.[0]).toMatchObject({
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 3, reason: 'Error', finishedAt: '2026-11-21T08:59:59Z' } },
      restartCount: 2,
      ready: false,
    });
  });

  test.each([
    ['Never', 0, 'Succeeded'],
    ['Never', 1, 'Failed'],
    ['OnFailure', 0, 'Succeeded'],
    ['OnFailure', 1, 'Running'],
    ['Always', 0, 'Running'],
  ])('policy %s, exit code %i: %s', (restartPolicy, exitCode, phase) => {
    expect(status(pod({ restartPolicy }), [container('exited', { exitCode })]).phase).toBe(phase);
  });

  test('past its deadline it has failed, with the reason', () => {
    const late = pod({ activeDeadlineSeconds: 10 }, { startTime: '2026-11-21T08:59:00Z' });
    expect(status(late, [container('running')])).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });

  test('ready is what the probes say', () => {
    const probed = pod({ containers: [{ name: 'main', image: 'app:1', readinessProbe: {} }] });
    expect(ready(status(probed, [container('running')]))?.status).toBe('False');
    const probes = new Map([['c0', { started: true, ready: true, failed: undefined }]]);
    expect(ready(status(probed, [container('running')], { probes }))?.status).toBe('True');
  });

  test('a readiness gate nobody has opened holds the pod back', () => {
    const gated = pod({ readinessGates: [{ conditionType: 'x/y' }] });
    expect(ready(status(gated, [container('running')]))).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
      message: 'corresponding condition of pod readiness gate "x/y" does not exist.',
    });
  });
});

describe('what of it is written', () => {
  test('nothing, once the API says the same', () => {
    const said = status(pod(), [container('running')]);
    expect(statusPatch(pod({}, said), status(pod({}, said), [container('running')]))).toBeUndefined();
  });

  test('only conditions that changed, and a reason that no longer holds is taken away', () => {
    const before = status(pod(), []);
    const patch = statusPatch(pod({}, before), status(pod({}, before), [container('running')]));
    const changed = patch?.['conditions'] as { readonly type: string; readonly reason?: string | null }[];
    expect(changed.map(({ type }) => type)).toEqual(['Ready', 'ContainersReady']);
    expect(changed[0]?.reason).toBeNull();
    expect(Object.keys(patch ?? {}).sort()).toEqual(['conditions', 'containerStatuses', 'phase']);
  });

  test('a changed address replaces the list instead of joining it', () => {
    const before = { ...status(pod(), [container('running')]), podIP: '10.1.0.9', podIPs: [{ ip: '10.1.0.9' }] };
    const patch = statusPatch(pod({}, before), status(pod({}, before), [container('running')]));
    expect(patch).toEqual({ podIP: '10.1.0.2', podIPs: [{ $patch: 'replace' }, { ip: '10.1.0.2' }] });
  });
});
