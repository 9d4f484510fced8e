/**
 * Measures a cluster as a user meets it, and prints one line a figure:
 *   node bench/cluster.ts --image busybox:1.36 [--rounds 10] [--kubeconfig FILE]
 * The image must be present on the node. Times are wall-clock milliseconds on this machine; quote them with the machine.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { systemClock } from '@taffrail/platform/clock';
import type { ApiClient } from '@taffrail/controller/api-client';
import { httpApiClient } from '@taffrail/controller/http-api-client';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import type { Deployment, Pod } from '@taffrail/resources/generated/types';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const NAMESPACE = 'bench';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string', default: process.env['KUBECONFIG'] ?? '' },
    image: { type: 'string', default: 'busybox:1.36' },
    rounds: { type: 'string', default: '10' },
  },
});

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
const show = (what: string, samples: readonly number[]): void => {
  const sorted = [...samples].sort((a, b) => a - b);
  const [p50, p99] = [quantile(sorted, 0.5), quantile(sorted, 0.99)];
  console.log(
    `${what}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${sorted.at(-1)?.toFixed(1)} ms (${sorted.length})`,
  );
};

const template = (command: readonly string[]): Pod['spec'] => ({
  terminationGracePeriodSeconds: 0,
  containers: [{ name: 'main', image: values.image, command }],
});

/** Pipes a manifest into the real kubectl and waits for it to end. */
async function kubectlApply(manifest: unknown): Promise<void> {
  const child = spawn('kubectl', ['--kubeconfig', values.kubeconfig, '-n', NAMESPACE, 'apply', '-f', '-'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(JSON.stringify(manifest));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`kubectl apply exited with ${code}`);
}

/** Starts a watch and returns a function that waits for a match among its events, which carry when they came in. */
async function watching<T>(
  client: ApiClient,
  resource: typeof PODS,
  stop: AbortSignal,
): Promise<(match: (object: T) => boolean) => Promise<number>> {
  const { revision } = await client.list<T>(resource, NAMESPACE);
  const waiters = new Set<{ readonly match: (object: T) => boolean; readonly resolve: (at: number) => void }>();
  void (async () => {
    for await (const event of client.watch<T>(resource, NAMESPACE, { resourceVersion: String(revision) }, stop)) {
      const at = systemClock.monotonicMs();
      for (const waiter of waiters) {
        if (event.type === 'BOOKMARK' || !waiter.match(event.object)) continue;
        waiters.delete(waiter);
        waiter.resolve(at);
      }
    }
  })().catch((error: unknown) => {
    if (!stop.aborted) throw error;
  });
  return (match) => new Promise((resolve) => waiters.add({ match, resolve }));
}

async function podStart(client: ApiClient, rounds: number, stop: AbortSignal): Promise<void> {
  const seen = await watching<Pod>(client, PODS, stop);
  const [applied, created]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const name = `start-${round}`;
    const running = seen((pod) => pod.metadata.name === name && pod.status?.phase === 'Running');
    const exists = seen((pod) => pod.metadata.name === name);
    const begun = systemClock.monotonicMs();
    await kubectlApply({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: template(['sleep', '3600']) });
    const ended = await running;
    applied.push(ended - begun);
    created.push(ended - (await exists));
    await client.delete(PODS, NAMESPACE, name, { gracePeriodSeconds: 0 });
  }
  show('pod, from the start of `kubectl apply` to Running', applied);
  show('pod, from its creation in the log to Running', created);
}

async function deploymentStart(client: ApiClient, replicas: number, stop: AbortSignal): Promise<void> {
  const seen = await watching<Deployment>(client, DEPLOYMENTS, stop);
  const ready = seen((deployment) => deployment.status?.readyReplicas === replicas);
  const begun = systemClock.monotonicMs();
  const labels = { app: 'many' };
  await kubectlApply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'many' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: template(['sleep', '3600']) },
    },
  });
  console.log(
    `deployment of ${replicas}, from the start of \`kubectl apply\` to all Ready: ${((await ready) - begun).toFixed(0)} ms`,
  );
  await client.delete(DEPLOYMENTS, NAMESPACE, 'many');
}

async function watchLatency(client: ApiClient, count: number, stop: AbortSignal): Promise<void> {
  const seen = await watching<{ metadata: { name: string } }>(client, CONFIG_MAPS, stop);
  const [written, watched]: [number[], number[]] = [[], []];
  for (let i = 0; i < count; i++) {
    const name = `watched-${i}`;
    const event = seen((object) => object.metadata.name === name);
    const begun = systemClock.monotonicMs();
    await client.create(CONFIG_MAPS, NAMESPACE, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { k: 'v' },
    });
    written.push(systemClock.monotonicMs() - begun);
    watched.push((await event) - begun);
  }
  show('create, request to answer', written);
  show('watch event, from the write request to the event', watched);
}

const stop = new AbortController();
const client = httpApiClient({
  endpoint: await readKubeconfig(values.kubeconfig),
  clock: systemClock,
  userAgent: 'taffrail-bench/1',
});
await client.create(NAMESPACES, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
try {
  await podStart(client, Number(values.rounds), stop.signal);
  await deploymentStart(client, 20, stop.signal);
  await watchLatency(client, 500, stop.signal);
} finally {
  stop.abort();
  await client.delete(NAMESPACES, '', NAMESPACE);
  client.close();
}
