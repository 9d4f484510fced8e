import { expect, test } from 'vitest';
import { asObject } from '@taffrail/controller/as-object';
import { planOf } from '@taffrail/controller/testing/transcript';
import type { Node, Taint } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { NODES, PODS } from '../resource-names.ts';
import { deployment, node } from '../testing/given.ts';
import { runningCluster, type RunningCluster } from '../testing/running-cluster.ts';
import { evictionAtMs } from '../taint-eviction/tolerated.ts';
import { isReady } from '../workload/pod.ts';
import { nodeLifecycleController } from './plan.ts';

function taints(cluster: RunningCluster, name = 'n1'): readonly string[] {
  const found = cluster.api.find<Node>(NODES, '', name);
  return (found?.spec?.taints ?? []).map((taint) => `${taint.key}:${taint.effect}`);
}

function ready(cluster: RunningCluster): string | undefined {
  return cluster.api.find<Node>(NODES, '', 'n1')?.status?.conditions?.find((condition) => condition.type === 'Ready')
    ?.status;
}

/** A second node that stays ready by itself: it has no lease and a heartbeat in the future. */
function otherNode(): Node {
  const lastHeartbeatTime = '2100-01-01T00:00:00Z';
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n2' },
    status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime }] },
  };
}

test('a node whose lease is renewed stays as it is', async () => {
  await using cluster = await runningCluster();
  await cluster.run(120);
  expect(ready(cluster)).toBe('True');
  expect(taints(cluster)).toEqual([]);
});

test('a silent node becomes Unknown after 40 s, is tainted, its pods stop being ready; when it is back the taints go', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(asObject(otherNode()));
  cluster.api.put(deployment('web', 1));
  await cluster.run(10);
  cluster.nodeUp = false;
  await cluster.run(38);
  expect(ready(cluster)).toBe('True');
  await cluster.run(4);
  expect(ready(cluster)).toBe('Unknown');
  expect(taints(cluster)).toEqual([
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ]);
  expect(cluster.pods().some(isReady)).toBe(false);
  cluster.nodeUp = true;
  cluster.api.put(node('n1'));
  await cluster.run(5);
  expect(ready(cluster)).toBe('True');
  expect(taints(cluster)).toEqual([]);
});

test('with no node ready at all nothing is evicted', async () => {
  await using cluster = await runningCluster();
  cluster.nodeUp = false;
  await cluster.run(60);
  expect(taints(cluster)).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
});

test('a pod that does not tolerate unreachable leaves at once, one that does for a while leaves then', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(asObject(otherNode()));
  const toleration = {
    key: 'node.kubernetes.io/unreachable',
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 60,
  };
  const spec = (tolerations: readonly unknown[]) => ({
    nodeName: 'n1',
    containers: [{ name: 'm', image: 'v1' }],
    tolerations,
  });
  const put = (name: string, tolerations: readonly unknown[]): void => {
    const metadata = { name, namespace: 'ns' };
    cluster.api.put({ apiVersion: 'v1', kind: 'Pod', metadata, spec: spec(tolerations) } as never);
  };
  put('patient', [toleration]);
  put('plain', []);
  await cluster.run(5);
  cluster.nodeUp = false;
  const ending = (): readonly string[] =>
    cluster
      .pods()
      .filter((pod) => pod.metadata.deletionTimestamp !== undefined)
      .map((pod) => pod.metadata.name ?? '');
  await cluster.run(50);
  expect(ending()).toEqual(['plain']);
  await cluster.run(60);
  expect(ending()).toEqual(['patient', 'plain']);
});

test('conditions and cordoning become taints; taints of others stay', () => {
  const pressed = node('a', {
    spec: { unschedulable: true, taints: [{ key: 'mine', effect: 'NoExecute' }] },
    status: {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'DiskPressure', status: 'True' },
      ],
    },
  });
  const [patch] = planOf(nodeLifecycleController, { key: { namespace: '', name: 'a' }, objects: [pressed] });
  const taint = (key: string, effect = 'NoSchedule'): unknown => expect.objectContaining({ key, effect });
  expect(patch).toMatchObject({
    patch: {
      spec: {
        taints: [
          taint('mine', 'NoExecute'),
          taint('node.kubernetes.io/disk-pressure'),
          taint('node.kubernetes.io/unschedulable'),
        ],
      },
    },
  });
});

test('a taint that evicts and says no time is given the time it was seen at, once', () => {
  const key = { namespace: '', name: 'n2' };
  const tainted = (taint: Taint): KubeObject => asObject({ ...otherNode(), spec: { taints: [taint] } } as Node);
  const mine: Taint = { key: 'mine', effect: 'NoExecute', value: 'v' };
  const dated = { ...mine, timeAdded: '1970-01-01T00:01:40Z' };
  const [patch] = planOf(nodeLifecycleController, { key, objects: [tainted(mine)], nowMs: 100_000 });
  expect(patch).toMatchObject({ type: 'patch', patch: { spec: { taints: [dated] } } });
  const later = planOf(nodeLifecycleController, { key, objects: [tainted(dated)], nowMs: 200_000 });
  expect(later.filter(({ type }) => type === 'patch')).toEqual([]);
});

test('the shortest toleration of the taint that is tolerated least decides when a pod leaves', () => {
  const timeAdded = '1970-01-01T00:01:40Z';
  const taint = (key: string): Taint => ({ key, effect: 'NoExecute', timeAdded });
  const tolerate = (key: string, tolerationSeconds?: number) => ({
    key,
    operator: 'Exists',
    ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
  });
  expect(evictionAtMs([], [])).toBeUndefined();
  expect(evictionAtMs([taint('a')], [])).toBe(100_000);
  expect(evictionAtMs([taint('a')], [tolerate('a')])).toBeUndefined();
  expect(evictionAtMs([taint('a')], [tolerate('a', 30), tolerate('a', 60)])).toBe(130_000);
  expect(evictionAtMs([taint('a'), taint('b')], [tolerate('a'), tolerate('b', 5)])).toBe(105_000);
  expect(evictionAtMs([taint('a'), taint('b')], [tolerate('a', 5)])).toBe(100_000);
  const undated: Taint = { key: 'a', effect: 'NoExecute' };
  expect(evictionAtMs([undated], [tolerate('a', 5)])).toBeUndefined();
  expect(evictionAtMs([undated], [])).toBe(0);
});

test('pods of a node that was deleted end 40 s later, unless it comes back', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 1));
  await cluster.run(10);
  const [first] = cluster.pods();
  cluster.nodeUp = false;
  cluster.api.remove(NODES, '', 'n1');
  await cluster.run(30);
  cluster.api.put(node('n1'));
  await cluster.run(15);
  expect(cluster.pods().map((pod) => pod.metadata.uid)).toEqual([first?.metadata.uid]);
  cluster.api.remove(NODES, '', 'n1');
  await cluster.run(38);
  expect(cluster.pods().map((pod) => pod.metadata.uid)).toEqual([first?.metadata.uid]);
  await cluster.run(5);
  expect(cluster.api.find(PODS, 'ns', first?.metadata.name ?? '')).toBeUndefined();
});
