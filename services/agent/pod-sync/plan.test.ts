import { describe, expect, test } from 'vitest';
import { assertNever } from '@taffrail/platform/assert';
import type { Container, Pod } from '@taffrail/resources/generated/types';
import { containerHash, HASH_ANNOTATION } from '../containers/container-hash.ts';
import type { ContainerPhase, ContainerStatus, SandboxStatus } from '../runtime/port.ts';
import type { ObservedPod } from './observed-pod.ts';
import { plan } from './plan.ts';
import type { PodPlan, PodPresence } from './plan-types.ts';
import { emptyMemory, type PodMemory } from './pod-memory.ts';

const NOW = Date.parse('2026-11-21T09:00:00Z');
const IMAGE = 'registry.local/app:1';

function pod(spec: Partial<NonNullable<Pod['spec']>> = {}, changes: Partial<Pod> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', uid: 'u1' },
    spec: { containers: [{ name: 'main', image: IMAGE }], ...spec },
    ...changes,
  };
}

const sandbox = (attempt: number, state: 'ready' | 'not-ready' = 'ready'): SandboxStatus => ({
  id: `sb${attempt}`,
  identity: { name: 'web', namespace: 'default', uid: 'u1', attempt },
  state,
  createdMs: NOW,
  labels: {},
  annotations: {},
  ips: ['10.1.0.2'],
});

function container(name: string, phase: ContainerPhase, changes: Partial<ContainerStatus> = {}): ContainerStatus {
  const attempt = changes.attempt ?? 0;
  return {
    id: `${name}${attempt}`,
    sandboxId: 'sb0',
    name,
    attempt,
    phase,
    createdMs: NOW,
    labels: {},
    annotations: { [HASH_ANNOTATION]: containerHash({ name, image: IMAGE }) },
    startedMs: NOW - 5000,
    finishedMs: phase === 'exited' ? NOW - 1000 : 0,
    exitCode: 0,
    reason: '',
    message: '',
    image: IMAGE,
    imageRef: '',
    logPath: '',
    ...changes,
  };
}

const observed = (changes: Partial<ObservedPod> = {}): ObservedPod => ({
  sandboxes: [sandbox(0)],
  containers: [],
  images: new Set([IMAGE]),
  ...changes,
});
const ready: Partial<PodMemory> = { volumes: { state: 'ready' } };

function planned(
  of: Pod,
  seen: ObservedPod,
  memory: Partial<PodMemory> = ready,
  presence: PodPresence = 'present',
  nowMs = NOW,
): PodPlan {
  return plan({ pod: of, presence, observed: seen, memory: { ...emptyMemory, ...memory }, nowMs });
}

/** A plan as one line: `create-sandbox 0; prepare-volumes | main: CrashLoopBackOff | wake +9s`. */
function transcript({ actions, waiting, wakeMs }: PodPlan): string {
  const steps = actions.map((action) => {
    switch (action.type) {
      case 'create-sandbox':
        return `create-sandbox ${action.attempt}${action.replaces ? ' changed' : ''}`;
      case 'pull-image':
        return `pull ${action.image} for ${action.container}#${action.attempt}`;
      case 'start-container':
        return `start ${action.container}#${action.attempt} in ${action.sandboxId}`;
      case 'kill-container':
        return `kill ${action.id} ${action.graceSeconds}s${action.preStop ? '' : ' again'} (${action.message})`;
      case 'remove-container':
      case 'stop-sandbox':
      case 'remove-sandbox':
        return `${action.type} ${action.id}`;
      case 'prepare-volumes':
      case 'delete-pod':
      case 'clean-up':
        return action.type;
      default:
        return assertNever(action);
    }
  });
  const reasons = [...waiting].map(([name, { reason }]) => ` | ${name}: ${reason}`);
  const wake = wakeMs === undefined ? '' : ` | wake +${(wakeMs - NOW) / 1000}s`;
  return `${steps.join('; ') || 'nothing'}${reasons.join('')}${wake}`;
}

describe('starting', () => {
  test('a new pod gets sandbox, volumes and missing images at the same time', () => {
    const nothing = observed({ sandboxes: [], images: new Set() });
    expect(transcript(planned(pod(), nothing, {}))).toBe(`prepare-volumes; create-sandbox 0; pull ${IMAGE} for main#0`);
  });

  test('steps in flight are not asked for again', () => {
    const memory = { inFlight: new Set(['create-sandbox', 'prepare-volumes', `pull-image ${IMAGE}`]) };
    expect(transcript(planned(pod(), observed({ sandboxes: [], images: new Set() }), memory))).toBe('nothing');
  });

  test('a container starts only once sandbox and volumes are ready', () => {
    expect(transcript(planned(pod(), observed(), {}))).toBe('prepare-volumes');
    expect(transcript(planned(pod(), observed()))).toBe('start main#0 in sb0');
  });

  test('containers start in order, one at a time', () => {
    const two = pod({
      containers: [
        { name: 'main', image: IMAGE },
        { name: 'second', image: IMAGE },
      ],
    });
    expect(transcript(planned(two, observed()))).toBe('start main#0 in sb0');
    const inFlight = { ...ready, inFlight: new Set(['start-container main']) };
    expect(transcript(planned(two, observed(), inFlight))).toBe('nothing');
    expect(transcript(planned(two, observed({ containers: [container('main', 'running')] })))).toBe(
      'start second#0 in sb0',
    );
  });

  test('a sandbox that failed is tried again after its back-off, under the next attempt', () => {
    const failure = { reason: 'x', message: 'y', atMs: NOW, backoff: { delayMs: 2000, updatedMs: NOW } };
    const broken = observed({ sandboxes: [sandbox(0, 'not-ready')] });
    expect(transcript(planned(pod(), broken, { ...ready, sandboxFailure: failure }))).toBe('nothing | wake +2s');
    expect(transcript(planned(pod(), broken, { ...ready, sandboxFailure: failure }, 'present', NOW + 2000))).toBe(
      'create-sandbox 1',
    );
  });

  test('a dead sandbox is replaced: what still runs in it is stopped first', () => {
    const dead = observed({ sandboxes: [sandbox(0, 'not-ready')], containers: [container('main', 'running')] });
    expect(transcript(planned(pod(), dead))).toBe('stop-sandbox sb0');
    const stopped = observed({ sandboxes: [sandbox(0, 'not-ready')], containers: [container('main', 'exited')] });
    expect(transcript(planned(pod(), stopped))).toMatch(/^create-sandbox 1 changed/);
    const renewed = observed({
      sandboxes: [sandbox(1), sandbox(0, 'not-ready')],
      containers: [container('main', 'exited', { exitCode: 137 })],
    });
    expect(transcript(planned(pod(), renewed))).toBe('start main#1 in sb1');
  });
});

test('a container that was created but never started is made again', () => {
  const created = observed({ containers: [container('main', 'created')] });
  expect(transcript(planned(pod(), created))).toBe('remove-container main0');
  const inFlight = new Set(['start-container main']);
  expect(transcript(planned(pod(), created, { ...ready, inFlight }))).toBe('nothing');
});

describe('init containers', () => {
  const init = (name: string, changes: Partial<Container> = {}): Container => ({ name, image: IMAGE, ...changes });
  const both = pod({ initContainers: [init('first'), init('second')] });

  test('run one after the other, each to its good end, before the main ones', () => {
    expect(transcript(planned(both, observed()))).toBe('start first#0 in sb0');
    expect(transcript(planned(both, observed({ containers: [container('first', 'running')] })))).toBe('nothing');
    expect(transcript(planned(both, observed({ containers: [container('first', 'exited')] })))).toBe(
      'start second#0 in sb0',
    );
    const allDone = observed({ containers: [container('first', 'exited'), container('second', 'exited')] });
    expect(transcript(planned(both, allDone))).toBe('start main#0 in sb0');
  });

  test('one that fails is restarted, unless the policy is Never: then the pod ends', () => {
    const failed = observed({ containers: [container('first', 'exited', { exitCode: 1 })] });
    expect(transcript(planned(both, failed))).toBe('start first#1 in sb0');
    expect(transcript(planned(pod({ ...both.spec, restartPolicy: 'Never' }), failed))).toBe('stop-sandbox sb0');
  });

  test('a sidecar holds the rest back only until it has started, and restarts on its own later', () => {
    const sidecar = pod({ initContainers: [init('proxy', { restartPolicy: 'Always', startupProbe: {} })] });
    const up = observed({ containers: [container('proxy', 'running')] });
    expect(transcript(planned(sidecar, up))).toBe('nothing');
    const probes = new Map([['proxy0', { started: true, ready: true, failed: undefined }]]);
    expect(transcript(planned(sidecar, up, { ...ready, probes }))).toBe('start main#0 in sb0');
    const down = observed({ containers: [container('proxy', 'exited'), container('main', 'running')] });
    expect(transcript(planned(sidecar, down))).toBe('start proxy#1 in sb0');
  });
});

describe('restarting', () => {
  const crashed = observed({ containers: [container('main', 'exited', { exitCode: 1, attempt: 3 })] });
  const restarts = new Map([['main', { delayMs: 10_000, updatedMs: NOW - 6000 }]]);

  test('the first crash restarts at once; the next waits out the back-off since the end', () => {
    expect(transcript(planned(pod(), crashed))).toBe('start main#4 in sb0');
    expect(transcript(planned(pod(), crashed, { ...ready, restarts }))).toBe(
      'nothing | main: CrashLoopBackOff | wake +9s',
    );
    expect(planned(pod(), crashed, { ...ready, restarts }).waiting.get('main')?.message).toBe(
      'back-off 10s restarting failed container=main pod=web_default(u1)',
    );
    expect(transcript(planned(pod(), crashed, { ...ready, restarts }, 'present', NOW + 9000))).toBe(
      'start main#4 in sb0',
    );
  });

  test.each([
    ['OnFailure', 0, 'stop-sandbox sb0'],
    ['OnFailure', 1, 'start main#1 in sb0'],
    ['Never', 1, 'stop-sandbox sb0'],
    ['Always', 0, 'start main#1 in sb0'],
  ])('policy %s, exit code %i: %s', (restartPolicy, exitCode, expected) => {
    const ended = observed({ containers: [container('main', 'exited', { exitCode })] });
    expect(transcript(planned(pod({ restartPolicy }), ended))).toBe(expected);
  });

  test('the restart count goes on from what the API knows when the runtime has forgotten', () => {
    const known = pod(
      {},
      {
        status: {
          containerStatuses: [
            { name: 'main', image: IMAGE, imageID: '', ready: true, restartCount: 6, containerID: 'containerd://x' },
          ],
        },
      },
    );
    expect(transcript(planned(known, observed()))).toBe('start main#7 in sb0');
  });

  test('a changed image restarts the container whatever the policy', () => {
    const changed = pod({ restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.local/app:2' }] });
    expect(transcript(planned(changed, observed({ containers: [container('main', 'running')] })))).toBe(
      'kill main0 30s (Container main definition changed, will be restarted)',
    );
  });

  test('a failed liveness probe kills once, with the probe’s own grace', () => {
    const up = observed({ containers: [container('main', 'running')] });
    const probes = new Map([
      ['main0', { started: true, ready: false, failed: { kind: 'liveness', graceSeconds: 5 } as const }],
    ]);
    expect(transcript(planned(pod(), up, { ...ready, probes }))).toBe(
      'kill main0 5s (Container main failed liveness probe, will be restarted)',
    );
    const kills = new Map([['main0', { deadlineMs: NOW + 5000 }]]);
    expect(transcript(planned(pod(), up, { ...ready, probes, kills }))).toBe('nothing');
  });

  test('only the last two of a container’s ends are kept', () => {
    const three = [2, 1, 0].map((attempt) => container('main', 'exited', { attempt, exitCode: 1 }));
    expect(transcript(planned(pod(), observed({ containers: three })))).toBe(
      'remove-container main0; start main#3 in sb0',
    );
  });
});

describe('images', () => {
  const missing = observed({ images: new Set() });
  const failure = {
    reason: 'ErrImagePull',
    message: 'not found',
    atMs: NOW - 5000,
    backoff: { delayMs: 10_000, updatedMs: NOW - 5000 },
  };

  test('a failed pull waits as ImagePullBackOff and is tried again after its back-off', () => {
    const memory = { ...ready, pullFailures: new Map([[IMAGE, failure]]) };
    expect(transcript(planned(pod(), missing, memory))).toBe('nothing | main: ImagePullBackOff | wake +5s');
    expect(planned(pod(), missing, memory).waiting.get('main')?.message).toBe(
      `Back-off pulling image "${IMAGE}": ErrImagePull: not found`,
    );
    expect(transcript(planned(pod(), missing, memory, 'present', NOW + 5000))).toBe(
      `pull ${IMAGE} for main#0 | main: ErrImagePull`,
    );
  });

  test('policy Never with a missing image and a bad name wait with their reasons', () => {
    const never = pod({ containers: [{ name: 'main', image: IMAGE, imagePullPolicy: 'Never' }] });
    expect(transcript(planned(never, missing))).toBe('nothing | main: ErrImageNeverPull | wake +5s');
    const bad = pod({ containers: [{ name: 'main', image: 'UPPERCASE' }] });
    expect(transcript(planned(bad, missing))).toBe('nothing | main: InvalidImageName');
  });

  test('policy Always pulls for each start, and :latest means Always', () => {
    const always = pod({ containers: [{ name: 'main', image: 'registry.local/app' }] });
    const has = observed({ images: new Set(['registry.local/app:latest']) });
    expect(transcript(planned(always, has))).toBe('pull registry.local/app:latest for main#0');
    expect(transcript(planned(always, has, { ...ready, pulledFor: new Set(['main#0']) }))).toBe('start main#0 in sb0');
  });
});

describe('ending', () => {
  const deleting = pod(
    {},
    {
      metadata: {
        name: 'web',
        namespace: 'default',
        uid: 'u1',
        deletionTimestamp: '2026-11-21T09:00:30Z',
        deletionGracePeriodSeconds: 30,
      },
    },
  );
  const running = observed({ containers: [container('main', 'running')] });

  test('a deleted pod is stopped, its sandbox after it, and then the API forgets it', () => {
    expect(transcript(planned(deleting, running))).toBe('kill main0 30s (Stopping container main)');
    expect(transcript(planned(deleting, observed({ containers: [container('main', 'exited')] })))).toBe(
      'stop-sandbox sb0',
    );
    const stopped = observed({ sandboxes: [sandbox(0, 'not-ready')], containers: [container('main', 'exited')] });
    expect(transcript(planned(deleting, stopped))).toBe('nothing');
    expect(transcript(planned(deleting, stopped, { ...ready, finalStatusWritten: true }))).toBe('delete-pod');
  });

  test('a sandbox that is being stopped is left to that, though it shows as not ready already', () => {
    const stopping = observed({ sandboxes: [sandbox(0, 'not-ready')], containers: [container('main', 'exited')] });
    const inFlight = new Set(['stop-sandbox sb0']);
    expect(transcript(planned(pod(), stopping, { ...ready, inFlight }, 'gone'))).toBe('nothing');
    expect(transcript(planned(deleting, stopping, { ...ready, inFlight, finalStatusWritten: true }))).toBe('nothing');
  });

  test('less grace than the kill on its way kills again, without the hook; the same grace does not', () => {
    const kills = new Map([['main0', { deadlineMs: NOW + 30_000 }]]);
    expect(transcript(planned(deleting, running, { ...ready, kills }))).toBe('nothing');
    const forced = { ...deleting, metadata: { ...deleting.metadata, deletionGracePeriodSeconds: 1 } };
    expect(transcript(planned(forced, running, { ...ready, kills }))).toBe(
      'kill main0 2s again (Stopping container main)',
    );
  });

  test('a start on its way is waited for before the sandbox stops', () => {
    const inFlight = new Set(['start-container main']);
    expect(transcript(planned(deleting, observed(), { ...ready, inFlight }))).toBe('nothing');
  });

  test('sidecars stop after the main containers, the last one first', () => {
    const proxies = ['a', 'b'].map((name) => ({ name, image: IMAGE, restartPolicy: 'Always' }));
    const withSidecars: Pod = {
      ...deleting,
      spec: { ...deleting.spec, containers: deleting.spec?.containers ?? [], initContainers: proxies },
    };
    const all = [container('main', 'running'), container('a', 'running'), container('b', 'running')];
    expect(transcript(planned(withSidecars, observed({ containers: all })))).toMatch(/^kill main0 \S+ \(Stopping/);
    expect(transcript(planned(withSidecars, observed({ containers: all.slice(1) })))).toMatch(/^kill b0/);
  });

  test('a pod the API has forgotten is stopped, removed and cleaned up', () => {
    expect(transcript(planned(pod(), running, ready, 'gone'))).toBe('kill main0 30s (Stopping container main)');
    const stopped = observed({ sandboxes: [sandbox(0, 'not-ready')], containers: [container('main', 'exited')] });
    expect(transcript(planned(pod(), stopped, ready, 'gone'))).toBe('remove-sandbox sb0');
    expect(transcript(planned(pod(), observed({ sandboxes: [] }), ready, 'gone'))).toBe('clean-up');
    expect(transcript(planned(pod(), observed({ sandboxes: [] }), { ...ready, cleanedUp: true }, 'gone'))).toBe(
      'nothing',
    );
  });

  test('a terminal phase is never left, and a pod past its deadline is stopped', () => {
    const failed = pod({}, { status: { phase: 'Failed' } });
    expect(transcript(planned(failed, observed({ containers: [container('main', 'exited')] })))).toBe(
      'stop-sandbox sb0',
    );
    const late = pod({ activeDeadlineSeconds: 60 }, { status: { startTime: '2026-11-21T08:59:30Z' } });
    expect(transcript(planned(late, running))).toBe('nothing | wake +30s');
    expect(transcript(planned(late, running, ready, 'present', NOW + 30_000))).toMatch(/^kill main0/);
  });
});
