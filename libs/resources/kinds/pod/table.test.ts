import { cellAt } from '../../cell.ts';
import { describe, expect, test } from 'vitest';
import type { Container, ContainerStatus, Pod, PodStatus } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { podCells } from './table.ts';

const NOW_MS = Date.parse('2026-11-21T10:00:00Z');

interface Example {
  readonly init?: readonly Given<Container>[];
  readonly containers?: number;
  readonly status?: Given<PodStatus>;
  readonly deleted?: boolean;
}

function cells(example: Example): { readonly ready: unknown; readonly status: unknown; readonly restarts: unknown } {
  const containers = Array.from({ length: example.containers ?? 1 }, (_, at) => ({ name: `c${at}`, image: 'i' }));
  const pod: Given<Pod> = {
    metadata: {
      name: 'p',
      creationTimestamp: '2026-11-21T09:00:00Z',
      ...(example.deleted === true ? { deletionTimestamp: '2026-11-21T09:59:00Z' } : {}),
    },
    spec: { containers, initContainers: example.init ?? [] },
    status: { phase: 'Pending', ...example.status },
  };
  const [, ready, status, restarts] = podCells(pod).map((cell) => cellAt(cell, NOW_MS));
  return { ready, status, restarts };
}

const running: Given<ContainerStatus> = { name: 'c0', ready: true, restartCount: 0, state: { running: {} } };
const completed: Given<ContainerStatus> = {
  name: 'c1',
  ready: false,
  restartCount: 0,
  state: { terminated: { exitCode: 0, reason: 'Completed' } },
};

describe('the row of a pod', () => {
  test('that waits to be scheduled says so', () => {
    expect(cells({ containers: 2 })).toEqual({ ready: '0/2', status: 'Pending', restarts: '0' });
    const gated = { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] };
    expect(cells({ status: gated }).status).toBe('SchedulingGated');
  });

  test('that runs counts its ready containers', () => {
    const status = { phase: 'Running', containerStatuses: [running, { ...running, name: 'c1', ready: false }] };
    expect(cells({ containers: 2, status })).toMatchObject({ ready: '1/2', status: 'Running' });
  });

  test('shows why a container waits or ended', () => {
    const waiting = { ...running, ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } }, restartCount: 4 };
    const crashed = { ...waiting, lastState: { terminated: { exitCode: 1, finishedAt: '2026-11-21T09:59:55Z' } } };
    expect(cells({ status: { phase: 'Running', containerStatuses: [crashed] } })).toEqual({
      ready: '0/1',
      status: 'CrashLoopBackOff',
      restarts: '4 (5s ago)',
    });
    const ended = (terminated: object): unknown =>
      cells({ status: { phase: 'Failed', containerStatuses: [{ ...running, ready: false, state: { terminated } }] } })
        .status;
    expect(ended({ exitCode: 137, reason: 'OOMKilled' })).toBe('OOMKilled');
    expect(ended({ exitCode: 3 })).toBe('ExitCode:3');
    expect(ended({ exitCode: 3, signal: 9 })).toBe('Signal:9');
  });

  test('with one container done and another running is running, ready or not', () => {
    const containerStatuses = [running, completed];
    const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
    expect(cells({ containers: 2, status: { phase: 'Running', containerStatuses, ...ready } }).status).toBe('Running');
    expect(cells({ containers: 2, status: { phase: 'Running', containerStatuses } }).status).toBe('NotReady');
    expect(cells({ status: { phase: 'Succeeded', containerStatuses: [completed] } }).status).toBe('Completed');
  });

  test('tells how far its init containers are', () => {
    const init = [{ name: 'a' }, { name: 'b' }];
    const done = { name: 'a', state: { terminated: { exitCode: 0 } } };
    const status = (second: object): Given<PodStatus> => ({ initContainerStatuses: [done, { name: 'b', ...second }] });
    expect(cells({ init, status: status({ state: { running: {} } }) }).status).toBe('Init:1/2');
    expect(cells({ init, status: status({ state: { waiting: { reason: 'PodInitializing' } } }) }).status).toBe(
      'Init:1/2',
    );
    expect(cells({ init, status: status({ state: { waiting: { reason: 'ImagePullBackOff' } } }) }).status).toBe(
      'Init:ImagePullBackOff',
    );
    expect(cells({ init, status: status({ state: { terminated: { exitCode: 2, reason: 'Error' } } }) }).status).toBe(
      'Init:Error',
    );
    expect(cells({ init, status: status({ state: { terminated: { exitCode: 2 } } }) }).status).toBe('Init:ExitCode:2');
  });

  test('counts sidecars among its containers', () => {
    const init = [{ name: 's', restartPolicy: 'Always' }];
    const sidecar = { name: 's', started: true, ready: true, restartCount: 2, state: { running: {} } };
    const status = { phase: 'Running', initContainerStatuses: [sidecar], containerStatuses: [running] };
    expect(cells({ init, status })).toEqual({ ready: '2/2', status: 'Running', restarts: '2' });
  });

  test('that is being deleted is Terminating, unless it is over or its node is lost', () => {
    expect(cells({ deleted: true, status: { phase: 'Running', containerStatuses: [running] } }).status).toBe(
      'Terminating',
    );
    expect(cells({ deleted: true, status: { phase: 'Succeeded', containerStatuses: [completed] } }).status).toBe(
      'Completed',
    );
    expect(cells({ deleted: true, status: { phase: 'Running', reason: 'NodeLost' } }).status).toBe('Unknown');
  });

  test('has address, node, nomination and gates in its wide columns', () => {
    const pod: Given<Pod> = {
      metadata: { name: 'p' },
      spec: { nodeName: 'n', readinessGates: [{ conditionType: 'a/b' }, { conditionType: 'c/d' }] },
      status: { podIP: '10.0.0.1', conditions: [{ type: 'a/b', status: 'True' }] },
    };
    expect(podCells(pod).slice(4)).toEqual(['<unknown>', '10.0.0.1', 'n', '<none>', '1/2']);
  });
});
