import { OperatingError } from '@taffrail/platform/failure';
import { Tally, type Measurement } from './measurement.ts';
import { processFigures } from './server-processes.ts';
import { collection, must, type BenchTarget } from './workload.ts';

const DEPLOYMENT = 'bench';
const PAGE = 500;
const POLL_MS = 250;

interface PodPage {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly {
    readonly metadata: { readonly uid: string };
    readonly status?: { readonly phase?: string };
  }[];
}

/**
 * Scales a Deployment and waits until all of its pods run: the way through every component. An operation is one pod, its
 * time counted from the scaling, exact to the interval at which the pods are looked at.
 */
export async function podsToRunning(target: BenchTarget, count: number, timeoutMs: number): Promise<Measurement> {
  const { client, namespace, clock, signal, pids } = target;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const tally = new Tally();
  const running = new Set<string>();
  const before = processFigures(pids);
  const startMs = clock.monotonicMs();
  await must(target, { method: 'POST', path, body: deploymentBody(count) });
  try {
    while (running.size < count) {
      if (clock.monotonicMs() - startMs > timeoutMs) {
        throw new OperatingError('timeout', `${running.size} of ${count} pods run after ${timeoutMs / 1000} s`);
      }
      await clock.sleep(POLL_MS, signal);
      const nowMs = clock.monotonicMs();
      for (const uid of await runningPods(target)) {
        if (running.has(uid)) continue;
        running.add(uid);
        tally.done(nowMs - startMs, 0);
      }
    }
    return tally.measurement(clock.monotonicMs() - startMs, before, processFigures(pids));
  } finally {
    await client.ask({ method: 'DELETE', path: `${path}/${DEPLOYMENT}?propagationPolicy=Background` });
  }
}

async function runningPods(target: BenchTarget): Promise<readonly string[]> {
  const found: string[] = [];
  let token = '';
  do {
    const query = `limit=${PAGE}${token === '' ? '' : `&continue=${encodeURIComponent(token)}`}`;
    const { body } = await must(target, { method: 'GET', path: `${collection(target, 'pods')}?${query}` });
    const page = JSON.parse(body) as PodPage;
    for (const { metadata, status } of page.items) if (status?.phase === 'Running') found.push(metadata.uid);
    token = page.metadata.continue ?? '';
  } while (token !== '');
  return found;
}

function deploymentBody(replicas: number): string {
  const labels = { app: DEPLOYMENT };
  const container = { name: 'main', image: 'registry.example/bench:1', resources: { requests: { cpu: '1m' } } };
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: DEPLOYMENT },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%' } },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [container] },
      },
    },
  });
}
