import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectlFor, type Kubectl } from '../kubectl.ts';
import { findKubectl } from '../kubectl-tool.ts';
import type { Api } from './api.ts';

const image = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const manifest = (replicas: number): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'primary', labels: { app: 'agnhost', role: 'primary' } },
    spec: {
      replicas,
      selector: { app: 'agnhost', role: 'primary' },
      template: {
        metadata: { labels: { app: 'agnhost', role: 'primary' } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'primary', image, ports: [{ containerPort: 6379 }] }],
        },
      },
    },
  });

/** kubectl on what the other areas do not touch: replication controllers, and changes of single pods. */
export function kubectlCommands(api: () => Api, kubeconfig: () => string): void {
  describe.skipIf(findKubectl().version === 'none')('kubectl', () => {
    const cache = mkdtempSync(path.join(tmpdir(), 'taffrail-kubectl-'));
    let kubectl: Kubectl;
    beforeAll(() => {
      kubectl = kubectlFor(kubeconfig(), cache);
    });
    afterAll(() => {
      rmSync(cache, { recursive: true, force: true });
    });
    const input = async (text: string, ...args: readonly string[]): Promise<string> => {
      const done = await kubectl.attempt(args, { input: text });
      expect(done.code, done.stderr).toBe(0);
      return done.stdout;
    };

    test.concurrent('creates, scales, describes, exposes and deletes a replication controller', async () => {
      const n = `--namespace=${await api().namespace('kubectl-rc')}`;
      await input(manifest(2), n, 'create', '-f', '-');
      const names = [
        'get',
        'pods',
        '-o',
        'template',
        '--template={{range.items}}{{.metadata.name}} {{end}}',
        '-l',
        'app=agnhost',
      ];
      await kubectl(n, 'wait', '--for=jsonpath={.status.readyReplicas}=2', 'rc/primary', '--timeout=60s');
      expect((await kubectl(n, ...names)).trim().split(' ')).toHaveLength(2);
      expect(await kubectl(n, 'scale', 'rc', 'primary', '--replicas=1', '--timeout=1m')).toContain('scaled');
      await kubectl(n, 'wait', '--for=jsonpath={.status.replicas}=1', 'rc/primary', '--timeout=60s');
      const described = await kubectl(n, 'describe', 'rc', 'primary');
      for (const part of [
        'Name:',
        'Replicas:',
        '1 current',
        '1 desired',
        'Pods Status:',
        'Pod Template:',
        'Image:',
        'Events:',
      ]) {
        expect(described).toContain(part);
      }
      const [pod = ''] = (await kubectl(n, ...names)).trim().split(' ');
      const ofPod = await kubectl(n, 'describe', 'pod', pod);
      for (const part of ['Controlled By:  ReplicationController/primary', 'Status:           Running', image]) {
        expect(ofPod).toContain(part);
      }
      await kubectl(n, 'expose', 'rc', 'primary', '--name=rm2', '--port=1234', '--target-port=6379');
      await kubectl(n, 'expose', 'service', 'rm2', '--name=rm3', '--port=2345', '--target-port=6379');
      for (const [name, port] of [
        ['rm2', '1234'],
        ['rm3', '2345'],
      ] as const) {
        expect(
          await kubectl(n, 'get', 'service', name, '-o', 'jsonpath={.spec.ports[0].port}>{.spec.ports[0].targetPort}'),
        ).toBe(`${port}>6379`);
      }
      await input(manifest(1), n, 'delete', '--grace-period=0', '--force', '-f', '-');
      expect(await kubectl(n, 'get', 'rc,pods', '-l', 'app=agnhost', '--no-headers', '--ignore-not-found')).toBe('');
    });

    test.concurrent('passes requests on from a port that the system chooses', async () => {
      const proxy = spawn('kubectl', [
        '--kubeconfig',
        kubeconfig(),
        '--cache-dir',
        cache,
        'proxy',
        '-p',
        '0',
        '--disable-filter',
      ]);
      try {
        const address = await new Promise<string>((resolve, reject) => {
          proxy.once('error', reject);
          proxy.once('exit', (code) => reject(new Error(`the proxy ended with ${code}`)));
          proxy.stdout.on('data', (chunk: Buffer) => {
            const found = /127\.0\.0\.1:\d+/.exec(chunk.toString());
            if (found !== null) resolve(found[0]);
          });
        });
        const answer = await fetch(`http://${address}/api/`);
        expect(await answer.json()).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
      } finally {
        proxy.removeAllListeners('exit');
        proxy.kill();
      }
    });

    test.concurrent('labels, annotates, replaces and tries out changes of a pod', async () => {
      const n = `--namespace=${await api().namespace('kubectl-pod')}`;
      await kubectl(n, 'run', 'httpd', `--image=${image}`, '--labels=run=httpd');
      await kubectl(n, 'wait', '--for=condition=Ready', 'pod/httpd', '--timeout=60s');
      await kubectl(n, 'label', 'pods', 'httpd', 'testing-label=testing-label-value');
      expect(await kubectl(n, 'get', 'pod', 'httpd', '-L', 'testing-label')).toContain('testing-label-value');
      await kubectl(n, 'label', 'pods', 'httpd', 'testing-label-');
      expect(await kubectl(n, 'get', 'pod', 'httpd', '-L', 'testing-label')).not.toContain('testing-label-value');
      await kubectl(n, 'patch', 'pod', 'httpd', '-p', '{"metadata":{"annotations":{"x":"y"}}}');
      const other = 'registry.k8s.io/pause:3.10';
      const imageOf = async (): Promise<string> =>
        await kubectl(n, 'get', 'pod', 'httpd', '-o', 'jsonpath={.spec.containers[0].image}');
      const change = JSON.stringify({ spec: { containers: [{ name: 'httpd', image: other }] } });
      await kubectl(n, 'patch', 'pod', 'httpd', '-p', change, '--dry-run=server');
      expect(await imageOf()).toBe(image);
      const pod = await kubectl(n, 'get', 'pod', 'httpd', '-o', 'json');
      await input(pod.replaceAll(image, other), n, 'replace', '-f', '-');
      expect(await imageOf()).toBe(other);
      await kubectl(n, 'delete', 'pods', 'httpd', '--now');
    });
  });
}
