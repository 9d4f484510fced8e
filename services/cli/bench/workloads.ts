import { continueOf, METADATA_LIST } from '@taffrail/controller/http-api-client';
import { limits } from '@taffrail/platform/limits';
import type { BenchRequest } from './bench-client.ts';
import { measure, type Measurement } from './measurement.ts';
import { annotationPatch, configMapBody, podBody, podStatusPatch } from './sample-objects.ts';
import { watchFanOut } from './watch-fan-out.ts';
import { collection, must, type BenchTarget, type Workload } from './workload.ts';

const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';

function create(name: string, resource: 'configmaps' | 'pods', concurrency: number, prefix: string): Workload {
  const body = resource === 'pods' ? podBody : configMapBody;
  return {
    name,
    concurrency,
    run: (target, size) => {
      const count = resource === 'pods' ? size.pods : concurrency === 1 ? Math.ceil(size.creates / 4) : size.creates;
      const path = collection(target, resource);
      return measure(target, { count, concurrency }, (at) =>
        target.client.ask({ method: 'POST', path, body: body(`${prefix}-${at}`) }),
      );
    },
  };
}

/** What kubectl asks for to print a list. */
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

function list(name: string, query: string, asked: Pick<BenchRequest, 'accept' | 'gzip'> = {}): Workload {
  return {
    name,
    concurrency: 1,
    run: (target, size) => {
      const path = `${collection(target, 'pods')}${query}`;
      return measure(target, { count: size.lists, concurrency: 1 }, () =>
        target.client.ask({ method: 'GET', path, ...asked }),
      );
    },
  };
}

/** Everything that is measured, in an order in which each finds what it needs. */
export const WORKLOADS: readonly Workload[] = Object.freeze<Workload[]>([
  create('create, one at a time', 'configmaps', 1, 'single'),
  create('create, 32 at once', 'configmaps', 32, 'many'),
  create('create pods, 32 at once', 'pods', 32, 'pod'),
  {
    name: 'get, 32 at once',
    concurrency: 32,
    run: (target, { reads, creates }) =>
      measure(target, { count: reads, concurrency: 32 }, (at) =>
        target.client.ask({ method: 'GET', path: `${collection(target, 'configmaps')}/many-${at % creates}` }),
      ),
  },
  {
    name: 'status patch, 32 at once',
    concurrency: 32,
    run: (target, { pods }) =>
      measure(target, { count: Math.min(pods, 4_000), concurrency: 32 }, (at) =>
        target.client.ask({
          method: 'PATCH',
          path: `${collection(target, 'pods')}/pod-${at}/status`,
          body: podStatusPatch(at),
          contentType: STRATEGIC_PATCH,
        }),
      ),
  },
  {
    name: 'patch one object, 32 at once',
    concurrency: 32,
    run: (target, { creates }) =>
      measure(target, { count: Math.ceil(creates / 2), concurrency: 32 }, (at) =>
        target.client.ask({
          method: 'PATCH',
          path: `${collection(target, 'configmaps')}/single-0`,
          body: annotationPatch(String(at)),
          contentType: MERGE_PATCH,
        }),
      ),
  },
  list('list all pods', ''),
  list('list all pods, compressed', '', { gzip: true }),
  list('list all pods as a Table', '', { accept: TABLE }),
  list('list by selector (a tenth)', '?labelSelector=part%3D3'),
  list('page of 500', '?limit=500'),
  watchFanOut(200),
  watchFanOut(1_000),
  {
    name: 'delete, 32 at once',
    concurrency: 32,
    run: (target, { creates }) =>
      measure(target, { count: creates, concurrency: 32 }, (at) =>
        target.client.ask({ method: 'DELETE', path: `${collection(target, 'configmaps')}/many-${at}` }),
      ),
  },
]);

/** Makes the namespace of a run, with the service account that pods need where no controller makes one. */
export async function prepare(target: BenchTarget): Promise<void> {
  const { namespace } = target;
  await must(target, {
    method: 'POST',
    path: '/api/v1/namespaces',
    body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
  });
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const answer = await target.client.ask({ method: 'POST', path, body: JSON.stringify(account) });
  if (answer.status === 409) return; // a controller was quicker
  if (answer.status >= 400) await must(target, { method: 'GET', path: `${path}/default` });
}

/** Removes everything a run has made. Also called when it was broken off. */
export async function cleanUp(target: BenchTarget): Promise<void> {
  for (const resource of ['pods', 'configmaps'] as const) await emptyCollection(target, resource);
  await target.client.ask({ method: 'DELETE', path: `/api/v1/namespaces/${target.namespace}` });
}

/** Page by page: the answer holds what was deleted, and of a hundred thousand objects a server would have to keep all. */
async function emptyCollection(target: BenchTarget, resource: 'pods' | 'configmaps'): Promise<void> {
  const path = `${collection(target, resource)}?gracePeriodSeconds=0&limit=${limits.benchDeletedCount}`;
  for (let next: string | undefined = ''; next !== undefined;) {
    const page: string = next === '' ? path : `${path}&continue=${encodeURIComponent(next)}`;
    const { status, body } = await target.client.ask({ method: 'DELETE', path: page, accept: METADATA_LIST }, true);
    next = status < 400 ? continueOf(JSON.parse(body)) : undefined;
  }
}

/** A measurement that says nothing because most of it failed. */
export function isVoid({ operations, failures }: Measurement): boolean {
  return failures > operations / 10;
}
