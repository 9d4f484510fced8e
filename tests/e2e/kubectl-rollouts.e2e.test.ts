import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testCluster, type TestCluster } from './cluster.ts';
import { findKubectl } from './kubectl-tool.ts';
import { eventually } from './kubectl.ts';
import { type Transcript, transcriptOf } from './transcript.ts';

/* What the real kubectl does with controllers and a node behind the server: rollouts, evictions, and deletion with what belongs. */

let cluster: TestCluster;
let directory: string;
let transcript: Transcript;

describe.skipIf(!findKubectl().isKnown)('kubectl', () => {
  beforeAll(async () => {
    cluster = await testCluster({ number: 9, runtime: 'simulated' });
    const up = await cluster.up();
    expect(up.code, up.stdout + up.stderr).toBe(0);
    directory = await mkdtemp(join(tmpdir(), 'taffrail-rollouts-'));
    transcript = transcriptOf(cluster.kubectl, directory);
  });
  afterAll(async () => {
    await cluster.dispose();
    await rm(directory, { recursive: true, force: true });
  });

  test('rollout, history, undo, restart, pause and resume', async () => {
    await transcript('create deployment web --image=registry.example/app:v1 --replicas=2');
    expect(
      await transcript(
        'rollout status deployment/web --watch=false --timeout=60s',
        'wait --for=condition=Available deployment/web --timeout=60s',
        'annotate deployment/web kubernetes.io/change-cause=first',
        'set image deployment/web app=registry.example/app:v2',
        'annotate deployment/web kubernetes.io/change-cause=second --overwrite',
        'wait --for=jsonpath={.status.updatedReplicas}=2 deployment/web --timeout=60s',
      ),
    ).toContain('deployment.apps/web condition met');
    await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    await eventually('the second revision is on record', async () =>
      (await cluster.kubectl('rollout', 'history', 'deployment/web')).includes('second') ? true : undefined,
    );
    expect(
      await transcript(
        'rollout history deployment/web',
        'rollout history deployment/web --revision=1',
        'rollout undo deployment/web',
        'rollout undo deployment/web --to-revision=7',
        'get deployment web -o jsonpath={.spec.template.spec.containers[0].image}',
        'rollout pause deployment/web',
        'rollout pause deployment/web',
        'rollout restart deployment/web',
        'rollout resume deployment/web',
        'rollout restart deployment/web',
      ),
    ).toMatchInlineSnapshot(`
      "$ rollout history deployment/web
      deployment.apps/web
      REVISION  CHANGE-CAUSE
      1  first
      2  second
      $ rollout history deployment/web --revision=1
      deployment.apps/web with revision #1
      Pod Template:
        Labels:	app=web
      	pod-template-hash=779746c9fc
        Annotations:	kubernetes.io/change-cause: first
        Containers:
         app:
          Image:	registry.example/app:v1
          Port:	<none>
          Host Port:	<none>
          Environment:	<none>
          Mounts:	<none>
        Volumes:	<none>
        Node-Selectors:	<none>
        Tolerations:	<none>
      $ rollout undo deployment/web
      deployment.apps/web rolled back
      $ rollout undo deployment/web --to-revision=7
      error: unable to find specified revision 7 in history
      exit 1
      $ get deployment web -o jsonpath={.spec.template.spec.containers[0].image}
      registry.example/app:v1
      $ rollout pause deployment/web
      deployment.apps/web paused
      $ rollout pause deployment/web
      error: deployments.apps "web" is already paused
      exit 1
      $ rollout restart deployment/web
      error: deployments.apps "web" can't restart paused deployment (run rollout resume first)
      exit 1
      $ rollout resume deployment/web
      deployment.apps/web resumed
      $ rollout restart deployment/web
      deployment.apps/web restarted"
    `);
    expect(await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain(
      'deployment "web" successfully rolled out\n',
    );
  });

  test('taint, cordon, drain and uncordon', async () => {
    const [node = ''] = (await cluster.kubectl('get', 'nodes', '-o', 'name'))
      .trim()
      .replaceAll('node/', '')
      .split('\n');
    await cluster.kubectl('create', 'poddisruptionbudget', 'web', '--selector=app=web', '--min-available=2');
    await cluster.kubectl('scale', 'deployment', 'web', '--replicas=3');
    await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    const said = await transcript(
      `taint node ${node} team=a:NoSchedule`,
      `taint node ${node} team=a:NoSchedule`,
      `taint node ${node} team-`,
      `taint node ${node} team=a:Sometimes`,
      `cordon ${node}`,
      `cordon ${node}`,
      `uncordon ${node}`,
    );
    expect(said.replaceAll(node, 'NODE')).toMatchInlineSnapshot(`
      "$ taint node NODE team=a:NoSchedule
      node/NODE tainted
      $ taint node NODE team=a:NoSchedule
      error: node NODE already has team taint(s) with same effect(s) and --overwrite is false
      exit 1
      $ taint node NODE team-
      node/NODE untainted
      $ taint node NODE team=a:Sometimes
      error: invalid taint effect: Sometimes, unsupported taint effect
      See 'kubectl taint -h' for help and examples
      exit 1
      $ cordon NODE
      node/NODE cordoned
      $ cordon NODE
      node/NODE already cordoned
      $ uncordon NODE
      node/NODE uncordoned"
    `);
    // One pod may go; the budget holds the others until its replacement is there, which a drained node does not give.
    const drained = await cluster.kubectl.attempt(['drain', node, '--timeout=8s', '--ignore-daemonsets']);
    expect(drained.code).not.toBe(0);
    expect(drained.stdout).toMatch(/evicting pod default\/web-\S+/);
    expect(drained.stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
    await cluster.kubectl('delete', 'poddisruptionbudget', 'web');
    const again = await cluster.kubectl('drain', node, '--timeout=60s', '--ignore-daemonsets');
    expect(again).toMatch(/node\/\S+ drained\n$/);
    expect(await cluster.kubectl('uncordon', node)).toContain('uncordoned');
    await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  });

  test('delete in the background, in the foreground and leaving orphans', async () => {
    const owned = async (): Promise<number> =>
      (await cluster.kubectl('get', 'replicasets,pods', '-l', 'app=web', '-o', 'name'))
        .trim()
        .split('\n')
        .filter(Boolean).length;
    expect(await cluster.kubectl('delete', 'deployment', 'web', '--cascade=orphan')).toBe(
      'deployment.apps "web" deleted\n',
    );
    expect(await owned()).toBeGreaterThan(1);
    await cluster.kubectl('delete', 'replicasets', '-l', 'app=web', '--cascade=foreground');
    expect(await owned()).toBe(0);
    await cluster.kubectl('create', 'deployment', 'web', '--image=registry.example/app:v1');
    await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    await cluster.kubectl('delete', 'deployment', 'web', '--cascade=background');
    await eventually('what belonged to it is gone', async () => ((await owned()) === 0 ? true : undefined));
    await writeFile(
      join(directory, 'team.yaml'),
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, namespace: team}\n',
    );
    expect(
      await transcript(
        'apply -f $DIR/team.yaml',
        'delete namespace team',
        'get configmaps -n team -o name',
        'get namespace team',
      ),
    ).toMatchInlineSnapshot(`
      "$ apply -f $DIR/team.yaml
      namespace/team created
      configmap/one created
      $ delete namespace team
      namespace "team" deleted
      $ get configmaps -n team -o name
      $ get namespace team
      Error from server (NotFound): namespaces "team" not found
      exit 1"
    `);
  });

  test('events tell what happened', async () => {
    const events = await cluster.kubectl('events', '--types=Normal', '-o', 'json');
    expect(events).toContain('"reason": "ScalingReplicaSet"');
    expect(await cluster.kubectl('get', 'events', '--field-selector=reason=ScalingReplicaSet', '-o', 'name')).not.toBe(
      '',
    );
  });
});
