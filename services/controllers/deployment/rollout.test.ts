import { expect, test } from 'vitest';
import { asObject } from '@taffrail/controller/as-object';
import type { Deployment, DeploymentCondition, ReplicaSet } from '@taffrail/resources/generated/types';
import { DEPLOYMENTS, EVENTS, REPLICA_SETS } from '../resource-names.ts';
import { deployment, replicaSet, template, withMetadata } from '../testing/given.ts';
import { runningCluster, type RunningCluster } from '../testing/running-cluster.ts';
import { isReady } from '../workload/pod.ts';

function current(cluster: RunningCluster, name = 'web'): Deployment {
  const found = cluster.api.find<Deployment>(DEPLOYMENTS, 'ns', name);
  if (found === undefined) throw new Error(`no deployment ${name}`);
  return found;
}

/** Changes the spec as a client would. */
async function change(cluster: RunningCluster, spec: Partial<NonNullable<Deployment['spec']>>): Promise<void> {
  await cluster.api.patch(DEPLOYMENTS, 'ns', 'web', { spec }, { type: 'merge' });
}

function condition(cluster: RunningCluster, type: string): DeploymentCondition | undefined {
  return current(cluster).status?.conditions?.find((one) => one.type === type);
}

function sizes(cluster: RunningCluster): Record<string, number> {
  return Object.fromEntries(
    cluster.api
      .all<ReplicaSet>(REPLICA_SETS)
      .map((set) => [set.spec?.template?.spec?.containers[0]?.image ?? '', set.spec?.replicas ?? 0]),
  );
}

function revisions(cluster: RunningCluster): Record<string, string | undefined> {
  return Object.fromEntries(
    cluster.api
      .all<ReplicaSet>(REPLICA_SETS)
      .map((set) => [
        set.spec?.template?.spec?.containers[0]?.image ?? '',
        set.metadata.annotations?.['deployment.kubernetes.io/revision'],
      ]),
  );
}

test('a new deployment gets one replica set, its pods, and ends Available and Progressing=NewReplicaSetAvailable', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 3));
  await cluster.run(10);
  const web = current(cluster);
  expect(web.status).toMatchObject({
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    observedGeneration: web.metadata.generation,
  });
  expect(web.status?.unavailableReplicas).toBeUndefined();
  expect(web.metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
  const [set] = cluster.api.all<ReplicaSet>(REPLICA_SETS);
  expect(set?.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
  expect(condition(cluster, 'Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' });
  expect(condition(cluster, 'Progressing')).toMatchObject({
    status: 'True',
    reason: 'NewReplicaSetAvailable',
    message: `ReplicaSet "${set?.metadata.name}" has successfully progressed.`,
  });
  for (const pod of cluster.pods())
    expect(pod.metadata.name).toMatch(new RegExp(`^${set?.metadata.name}-[a-z0-9]{5}$`));
  const messages = cluster.api.all<{ readonly message: string }>(EVENTS).map((event) => event.message);
  expect(messages).toContain(`Scaled up replica set ${set?.metadata.name} from 0 to 3`);
  expect(messages.filter((message) => message.startsWith('Created pod: '))).toHaveLength(3);
});

test('a rolling update never leaves its bounds and ends with the new template only', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 10));
  await cluster.run(10);
  await change(cluster, { template: template('web', 'v2') });
  let least = 10;
  let most = 0;
  await cluster.run(40, () => {
    const alive = cluster.pods().filter((pod) => pod.metadata.deletionTimestamp === undefined);
    least = Math.min(least, alive.filter(isReady).length);
    most = Math.max(most, alive.length);
  });
  expect(least).toBeGreaterThanOrEqual(8); // 25 % of 10, rounded down: 2 may be missing
  expect(most).toBeLessThanOrEqual(13); // 25 % of 10, rounded up: 3 may be too many
  expect(sizes(cluster)).toEqual({ v1: 0, v2: 10 });
  expect(revisions(cluster)).toEqual({ v1: '1', v2: '2' });
  expect(current(cluster).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
  expect(condition(cluster, 'Progressing')?.reason).toBe('NewReplicaSetAvailable');
});

test('going back to an earlier template takes its replica set up again under a new revision and remembers the old one', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 2));
  await cluster.run(10);
  await change(cluster, { template: template('web', 'v2') });
  await cluster.run(20);
  await change(cluster, { template: template('web', 'v1') });
  await cluster.run(20);
  expect(sizes(cluster)).toEqual({ v1: 2, v2: 0 });
  expect(revisions(cluster)).toEqual({ v1: '3', v2: '2' });
  const first = cluster.api
    .all<ReplicaSet>(REPLICA_SETS)
    .find((set) => set.spec?.template?.spec?.containers[0]?.image === 'v1');
  expect(first?.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
});

test('the revision of a set that was taken over is counted on, though it is more than a number holds', async () => {
  await using cluster = await runningCluster();
  const old = replicaSet('web', 1);
  const annotations = { 'deployment.kubernetes.io/revision': '3546343826724305832' };
  cluster.api.put(withMetadata(old, { annotations, labels: { app: 'web' } }));
  await cluster.run(5);
  cluster.api.put(deployment('web', 1, { template: template('web', 'v2') }));
  await cluster.run(20);
  expect(current(cluster).metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '3546343826724305833' });
});

test('a paused deployment does not roll out but scales, and rolls out once resumed', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 2));
  await cluster.run(10);
  await change(cluster, { paused: true, template: template('web', 'v2') });
  await cluster.run(10);
  expect(sizes(cluster)).toEqual({ v1: 2 });
  expect(condition(cluster, 'Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
  await change(cluster, { replicas: 4 });
  await cluster.run(10);
  expect(sizes(cluster)).toEqual({ v1: 4 });
  await change(cluster, { paused: false });
  await cluster.run(30);
  expect(sizes(cluster)).toEqual({ v1: 0, v2: 4 });
  expect(condition(cluster, 'Progressing')?.reason).toBe('NewReplicaSetAvailable');
});

test('a rollout that gets nowhere is said to have timed out after its deadline, and keeps the old pods', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 4, { progressDeadlineSeconds: 30 }));
  await cluster.run(10);
  cluster.brokenImages.add('v2');
  await change(cluster, { template: template('web', 'v2') });
  await cluster.run(25);
  expect(condition(cluster, 'Progressing')?.status).toBe('True');
  await cluster.run(15);
  expect(condition(cluster, 'Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
  expect(cluster.pods().filter(isReady)).toHaveLength(3);
  // Rolling back mends it.
  await change(cluster, { template: template('web', 'v1') });
  await cluster.run(20);
  expect(condition(cluster, 'Progressing')?.reason).toBe('NewReplicaSetAvailable');
  expect(sizes(cluster)).toEqual({ v1: 4, v2: 0 });
});

test('scaling in the midst of a rollout gives each set its share', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 10));
  await cluster.run(10);
  cluster.brokenImages.add('v2');
  await change(cluster, { template: template('web', 'v2') });
  await cluster.run(10);
  expect(sizes(cluster)).toEqual({ v1: 8, v2: 5 });
  await change(cluster, { replicas: 20 });
  await cluster.run(10);
  // 13 pods become 25 (20 and a surge of 5): 8/13 and 5/13 of them.
  expect(sizes(cluster)).toEqual({ v1: 15, v2: 10 });
});

test('Recreate makes no new pod before the last old one is gone', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 3, { strategy: { type: 'Recreate' } }));
  await cluster.run(10);
  await change(cluster, { template: template('web', 'v2') });
  await cluster.run(20, () => {
    const images = new Set(cluster.pods().map((pod) => pod.spec?.containers[0]?.image));
    expect(images.size).toBeLessThanOrEqual(1);
  });
  expect(sizes(cluster)).toEqual({ v1: 0, v2: 3 });
  expect(cluster.pods().filter(isReady)).toHaveLength(3);
});

test('old replica sets beyond the history limit are removed, the oldest first', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 1, { revisionHistoryLimit: 1 }));
  await cluster.run(10);
  for (const image of ['v2', 'v3', 'v4']) {
    await change(cluster, { template: template('web', image) });
    await cluster.run(20);
  }
  expect(sizes(cluster)).toEqual({ v3: 0, v4: 1 });
});

test('a replica set of that name which belongs to someone else makes the deployment take another hash', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 1));
  await cluster.run(10);
  const [first] = cluster.api.all<ReplicaSet>(REPLICA_SETS);
  await cluster.api.delete(DEPLOYMENTS, 'ns', 'web');
  await cluster.run(10);
  expect(cluster.api.all(REPLICA_SETS)).toEqual([]);
  cluster.api.put(
    asObject({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: first?.metadata.name ?? '', namespace: 'ns' },
      spec: { replicas: 0, selector: { matchLabels: { app: 'other' } }, template: template('other', 'v9') },
    } as ReplicaSet),
  );
  cluster.api.put(deployment('web', 1));
  await cluster.run(10);
  expect(current(cluster).status?.collisionCount).toBe(1);
  expect(current(cluster).status?.availableReplicas).toBe(1);
});

test('deleting a deployment takes its sets and pods with it', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 3));
  await cluster.run(10);
  await cluster.api.delete(DEPLOYMENTS, 'ns', 'web', { propagationPolicy: 'Background' });
  await cluster.run(10);
  expect(cluster.api.all(REPLICA_SETS)).toEqual([]);
  expect(cluster.pods()).toEqual([]);
});
