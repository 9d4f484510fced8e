import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectlFor, type Kubectl } from './kubectl.ts';
import { memoryServer, type MemoryServer } from '../../services/api/testing/memory-server.ts';

/* What the real kubectl says to commands that need no node. */

let server: MemoryServer;
let directory: string;
let kubectl: Kubectl;
beforeAll(async () => {
  server = await memoryServer();
  directory = await mkdtemp(join(tmpdir(), 'taffrail-kubectl-'));
  kubectl = kubectlFor(server.kubeconfigFile, join(directory, 'cache'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

const deployment = (name: string, image = 'registry.example/app:v1', replicas = 2): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: app, image: '${image}', ports: [{containerPort: 80}]}]}
`;

/** Runs one command after the other and writes down what was asked and what came, with what differs each time left out. */
async function transcript(commands: readonly (readonly string[])[]): Promise<string> {
  const lines: string[] = [];
  for (const command of commands) {
    const { code, stdout, stderr } = await kubectl.attempt(command, {
      environment: { KUBE_EDITOR: 'sed -i s/two/three/' },
    });
    const shown = command.map((word) => word.replaceAll(`${directory}/`, '')).join(' ');
    const said = `${stdout}${stderr}`
      .trimEnd()
      .replaceAll(`${directory}/`, '')
      .replaceAll(/\b\d+s\b/g, '<age>');
    lines.push(`$ kubectl ${shown}`, ...(said === '' ? [] : [said]), ...(code === 0 ? [] : [`exit ${code}`]));
  }
  return lines.join('\n');
}

describe('kubectl', () => {
  test('apply, client and server side', async () => {
    const one = await file('one.yaml', deployment('one'));
    const next = await file('one-v2.yaml', deployment('one', 'registry.example/app:v2'));
    expect(
      await transcript([
        ['apply', '-f', one],
        ['apply', '-f', one],
        ['apply', '-f', next],
        ['apply', '--server-side', '-f', one],
        ['apply', '--server-side', '-f', one, '--dry-run=server'],
        ['scale', 'deployment', 'one', '--replicas=5'],
        ['get', 'deployment', 'one', '-o', 'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}'],
        ['apply', '--server-side', '--force-conflicts', '-f', one],
        [
          'get',
          'deployment',
          'one',
          '--show-managed-fields',
          '-o',
          'jsonpath={.metadata.managedFields[?(@.manager=="kubectl")].operation}',
        ],
        ['diff', '--server-side', '-f', one],
      ]),
    ).toMatchInlineSnapshot(`
      "$ kubectl apply -f one.yaml
      deployment.apps/one created
      $ kubectl apply -f one.yaml
      deployment.apps/one unchanged
      $ kubectl apply -f one-v2.yaml
      deployment.apps/one configured
      $ kubectl apply --server-side -f one.yaml
      deployment.apps/one serverside-applied
      $ kubectl apply --server-side -f one.yaml --dry-run=server
      deployment.apps/one serverside-applied (server dry run)
      $ kubectl scale deployment one --replicas=5
      deployment.apps/one scaled
      $ kubectl get deployment one -o jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}
      5 registry.example/app:v1
      $ kubectl apply --server-side --force-conflicts -f one.yaml
      deployment.apps/one serverside-applied
      $ kubectl get deployment one --show-managed-fields -o jsonpath={.metadata.managedFields[?(@.manager=="kubectl")].operation}
      Apply
      $ kubectl diff --server-side -f one.yaml"
    `);
  });

  test('create with its generators, label, annotate, patch, edit, set, replace', async () => {
    const replaced = await file(
      'settings.yaml',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: replaced}\n',
    );
    expect(
      await transcript([
        ['create', 'configmap', 'settings', '--from-literal=a=one', '--from-literal=b=two'],
        ['create', 'secret', 'generic', 'hidden', '--from-literal=k=v'],
        ['create', 'namespace', 'team'],
        ['create', 'serviceaccount', 'robot'],
        ['create', 'service', 'clusterip', 'web', '--tcp=80:8080'],
        ['create', 'deployment', 'web', '--image=registry.example/app:v1'],
        ['expose', 'deployment', 'web', '--port=80', '--name=exposed'],
        ['label', 'configmap', 'settings', 'tier=front'],
        ['label', 'configmap', 'settings', 'tier=back'],
        ['label', 'configmap', 'settings', 'tier=back', '--overwrite'],
        ['annotate', 'configmap', 'settings', 'note=yes'],
        ['patch', 'configmap', 'settings', '-p', '{"data":{"c":"3"}}'],
        ['patch', 'configmap', 'settings', '--type=json', '-p', '[{"op":"remove","path":"/data/c"}]'],
        ['edit', 'configmap', 'settings'],
        ['get', 'configmap', 'settings', '-o', 'jsonpath={.data}'],
        ['set', 'image', 'deployment/web', 'app=registry.example/app:v3'],
        ['replace', '-f', replaced],
        ['get', 'configmaps', '-l', 'tier=back', '-o', 'name'],
        ['create', 'configmap', 'settings'],
      ]),
    ).toMatchInlineSnapshot(`
      "$ kubectl create configmap settings --from-literal=a=one --from-literal=b=two
      configmap/settings created
      $ kubectl create secret generic hidden --from-literal=k=v
      secret/hidden created
      $ kubectl create namespace team
      namespace/team created
      $ kubectl create serviceaccount robot
      serviceaccount/robot created
      $ kubectl create service clusterip web --tcp=80:8080
      service/web created
      $ kubectl create deployment web --image=registry.example/app:v1
      deployment.apps/web created
      $ kubectl expose deployment web --port=80 --name=exposed
      service/exposed exposed
      $ kubectl label configmap settings tier=front
      configmap/settings labeled
      $ kubectl label configmap settings tier=back
      error: 'tier' already has a value (front), and --overwrite is false
      exit 1
      $ kubectl label configmap settings tier=back --overwrite
      configmap/settings labeled
      $ kubectl annotate configmap settings note=yes
      configmap/settings annotated
      $ kubectl patch configmap settings -p {"data":{"c":"3"}}
      configmap/settings patched
      $ kubectl patch configmap settings --type=json -p [{"op":"remove","path":"/data/c"}]
      configmap/settings patched
      $ kubectl edit configmap settings
      configmap/settings edited
      $ kubectl get configmap settings -o jsonpath={.data}
      {"a":"one","b":"three"}
      $ kubectl set image deployment/web app=registry.example/app:v3
      deployment.apps/web image updated
      $ kubectl replace -f settings.yaml
      configmap/settings replaced
      $ kubectl get configmaps -l tier=back -o name
      $ kubectl create configmap settings
      error: failed to create configmap: configmaps "settings" already exists
      exit 1"
    `);
  });

  test('get in every format, and what there is to know', async () => {
    expect(
      await transcript([
        [
          'get',
          'configmaps',
          '--field-selector=metadata.name=settings',
          '-o',
          'custom-columns=NAME:.metadata.name,A:.data.a',
        ],
        ['get', 'namespaces', '--sort-by=.metadata.name', '-o', 'name'],
        ['get', 'nothing'],
        ['get', 'configmap', 'nothing'],
        ['wait', 'configmap/settings', '--for=jsonpath={.data.a}=replaced', '--timeout=5s'],
      ]),
    ).toMatchInlineSnapshot(`
      "$ kubectl get configmaps --field-selector=metadata.name=settings -o custom-columns=NAME:.metadata.name,A:.data.a
      NAME       A
      settings   replaced
      $ kubectl get namespaces --sort-by=.metadata.name -o name
      namespace/default
      namespace/kube-node-lease
      namespace/kube-public
      namespace/kube-system
      namespace/team
      $ kubectl get nothing
      error: the server doesn't have a resource type "nothing"
      exit 1
      $ kubectl get configmap nothing
      Error from server (NotFound): configmaps "nothing" not found
      exit 1
      $ kubectl wait configmap/settings --for=jsonpath={.data.a}=replaced --timeout=5s
      configmap/settings condition met"
    `);
    for (const kind of ['pods', 'deployments.spec.strategy', 'services', 'configmaps']) {
      expect(await kubectl('explain', kind)).toContain('DESCRIPTION:');
    }
    expect(await kubectl('explain', 'pods', '--recursive')).toContain('terminationGracePeriodSeconds');
    expect(await kubectl('api-versions')).toContain('apps/v1');
    expect(await kubectl('api-resources')).toContain('deployments');
    expect(await kubectl('describe', 'deployment', 'web')).toContain('registry.example/app:v3');
  });

  test('delete with every cascade', async () => {
    expect(
      await transcript([
        ['delete', 'deployment', 'one', '--cascade=orphan', '--wait=false'],
        ['delete', 'configmap', 'settings', '--dry-run=server'],
        ['delete', 'configmap', 'settings'],
        ['delete', 'configmap', 'settings'],
        ['delete', 'service', '--all'],
        ['delete', 'deployment', 'web', '--cascade=foreground', '--wait=false'],
      ]),
    ).toMatchInlineSnapshot(`
      "$ kubectl delete deployment one --cascade=orphan --wait=false
      deployment.apps "one" deleted
      $ kubectl delete configmap settings --dry-run=server
      configmap "settings" deleted (server dry run)
      $ kubectl delete configmap settings
      configmap "settings" deleted
      $ kubectl delete configmap settings
      Error from server (NotFound): configmaps "settings" not found
      exit 1
      $ kubectl delete service --all
      service "exposed" deleted
      service "kubernetes" deleted
      service "web" deleted
      $ kubectl delete deployment web --cascade=foreground --wait=false
      deployment.apps "web" deleted"
    `);
  });
});
