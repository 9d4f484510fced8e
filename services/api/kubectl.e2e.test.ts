import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

let server: MemoryServer;
let directory: string;
beforeAll(async () => {
  server = await memoryServer();
  directory = await mkdtemp(path.join(tmpdir(), 'taffrail-kubectl-'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real kubectl against the server. */
function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const kubectl = spawn('kubectl', args, {
    cwd: directory,
    env: { ...process.env, ...environment, KUBECONFIG: server.kubeconfigFile, HOME: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  kubectl.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  kubectl.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    kubectl.on('error', reject);
    kubectl.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

/** Runs kubectl and expects it to succeed. */
async function kubectl(line: string, environment?: Readonly<Record<string, string>>): Promise<string> {
  const { code, stdout, stderr } = await run(line.split(' '), environment);
  expect({ line, code, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: {name: app}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: app}
data: {k: v}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: app}
spec:
  replicas: 2
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec:
      containers: [{name: c, image: "registry.example/app:v1", ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: app}
spec: {selector: {app: d}, ports: [{port: 80}]}
`;

test('kubectl finds out what there is', async () => {
  expect(await kubectl('version')).toContain('Server Version: v1.36');
  expect(await kubectl('api-resources')).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/);
  expect(await kubectl('explain deployment.spec.strategy')).toContain('FIELD: strategy <DeploymentStrategy>');
  expect(await kubectl('explain pod --recursive')).toContain('imagePullPolicy');
  expect(await kubectl('get --raw /readyz')).toBe('ok');
});

test('kubectl applies, changes, shows and deletes', async () => {
  await writeFile(path.join(directory, 'app.yaml'), MANIFEST);
  expect(await kubectl('apply -f app.yaml')).toContain('deployment.apps/d created');
  expect(await kubectl('apply -f app.yaml')).toContain('deployment.apps/d unchanged');
  await writeFile(
    path.join(directory, 'app2.yaml'),
    MANIFEST.replace('v1"', 'v2"').replace('replicas: 2', 'replicas: 4'),
  );
  const difference = await run(['diff', '-f', 'app2.yaml']);
  expect(difference.code).toBe(1);
  expect(difference.stdout).toContain('+  replicas: 4');
  expect(await kubectl('apply -f app2.yaml')).toContain('deployment.apps/d configured');
  await kubectl('-n app scale deploy/d --replicas=5');
  await kubectl('-n app set image deploy/d c=registry.example/app:v3');
  expect(await kubectl('-n app get deploy d')).toMatch(/d +0\/5 +0 +0 +\d+s/);
  expect(await kubectl('-n app get deploy d -o jsonpath={.spec.template.spec.containers[0].image}')).toBe(
    'registry.example/app:v3',
  );
  await kubectl('-n app label cm c tier=one');
  await kubectl('-n app annotate cm c note=hi');
  await kubectl('-n app patch cm c --type=json -p [{"op":"add","path":"/data/z","value":"1"}]');
  await kubectl('-n app edit cm c', { EDITOR: 'sed -i s/tier:.one/tier:\\ two/' });
  expect(await kubectl('-n app get cm -l tier=two -o name')).toBe('configmap/c\n');
  expect(await kubectl('-n app get cm c -o yaml')).toContain('z: "1"');
  expect(await kubectl('-n app describe deploy d')).toMatch(/Image: +registry.example\/app:v3/);
  expect(await kubectl('-n app describe svc s')).toMatch(/IP: +10\.96\./);
  expect(await kubectl('replace -f app.yaml')).toContain('configmap/c replaced');
  expect(await kubectl('-n app create deployment web --image=registry.example/web:1')).toContain('created');
  expect(await kubectl('-n app create secret generic s --from-literal=a=b')).toContain('created');
  expect(await kubectl('-n app expose deploy d --port=81 --name=e')).toContain('service/e exposed');
  expect(await kubectl('-n app run p --image=registry.example/p:1')).toBe('pod/p created\n');
  expect(await kubectl('-n app get pods -o wide')).toMatch(/p +0\/1 +Pending +0 +\d+s +<none> +<none>/);
  expect(await kubectl('wait --for=jsonpath={.status.phase}=Active ns/app')).toContain('condition met');
  expect(await kubectl('-n app delete pod p')).toContain('pod "p" deleted');
  expect(await kubectl('-n app delete cm --all')).toContain('configmap "c" deleted');
  expect(await kubectl('delete -f app.yaml --ignore-not-found --wait=false')).toContain('namespace "app" deleted');
});

test('kubectl get -w shows changes as they come', async () => {
  await kubectl('create cm watched --from-literal=a=1');
  const watching = run(['get', 'cm', 'watched', '-w', '--request-timeout=3s']);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await kubectl('patch cm watched -p {"data":{"b":"2"}}');
  const { stdout } = await watching;
  expect(stdout.split('\n').filter((line) => line.startsWith('watched'))).toHaveLength(2);
  expect(stdout).toMatch(/watched +2 +/);
});

test('kubectl is told what is wrong with what it sends', async () => {
  await writeFile(
    path.join(directory, 'bad.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\nspec: {x: 1}\n',
  );
  const strict = await run(['apply', '-f', 'bad.yaml']);
  expect(strict.code).toBe(1);
  expect(strict.stderr).toContain('strict decoding error: unknown field "spec"');
  const serverSide = await run(['apply', '--server-side', '-f', 'bad.yaml']);
  expect(serverSide.stderr).toContain('.spec: field not declared in schema');
});
