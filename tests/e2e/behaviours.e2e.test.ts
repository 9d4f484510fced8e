import { afterAll, beforeAll, expect } from 'vitest';
import { answers } from './behaviours/answers.ts';
import { openApi, type Api } from './behaviours/api.ts';
import { budgets } from './behaviours/budgets.ts';
import { documents } from './behaviours/documents.ts';
import { garbage } from './behaviours/garbage.ts';
import { livesOfObjects } from './behaviours/life-of-an-object.ts';
import { namespaces } from './behaviours/namespaces.ts';
import { pods } from './behaviours/pods.ts';
import { quotas } from './behaviours/quotas.ts';
import { watches } from './behaviours/watches.ts';
import { workloads } from './behaviours/workloads.ts';
import { testCluster, type TestCluster } from './cluster.ts';

/*
 * What clients of Kubernetes count on, each behaviour tried as a client meets it, all on one cluster and many at once.
 * BEHAVIOURS_KUBECONFIG names another cluster to try them on.
 */

let cluster: TestCluster | undefined;
let opened: Api | undefined;
const api = (): Api => {
  if (opened === undefined) throw new Error('no cluster');
  return opened;
};

beforeAll(async () => {
  const given = process.env['BEHAVIOURS_KUBECONFIG'];
  if (given === undefined) {
    cluster = await testCluster({ number: 9, runtime: 'simulated' });
    const up = await cluster.up('--simulated-nodes', '2');
    expect(up.code, up.stdout + up.stderr).toBe(0);
  }
  opened = await openApi(given ?? cluster?.kubeconfig ?? '');
});
afterAll(async () => {
  opened?.close();
  await cluster?.dispose();
});

for (const area of [
  answers,
  budgets,
  documents,
  garbage,
  livesOfObjects,
  namespaces,
  pods,
  quotas,
  watches,
  workloads,
]) {
  area(api);
}
