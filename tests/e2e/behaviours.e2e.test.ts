import { afterAll, beforeAll, expect } from 'vitest';
import { answers } from './behaviours/answers.ts';
import { openApi, type Api } from './behaviours/api.ts';
import { budgets } from './behaviours/budgets.ts';
import { documents } from './behaviours/documents.ts';
import { garbage } from './behaviours/garbage.ts';
import { kubectlCommands } from './behaviours/kubectl.ts';
import { livesOfObjects } from './behaviours/life-of-an-object.ts';
import { namespaces } from './behaviours/namespaces.ts';
import { pods } from './behaviours/pods.ts';
import { quotas } from './behaviours/quotas.ts';
import { accounts } from './behaviours/accounts.ts';
import { certificates } from './behaviours/certificates.ts';
import { reports } from './behaviours/reports.ts';
import { scheduling } from './behaviours/scheduling.ts';
import { services } from './behaviours/services.ts';
import { volumes } from './behaviours/volumes.ts';
import { watches } from './behaviours/watches.ts';
import { workloads } from './behaviours/workloads.ts';
import { testCluster, type TestCluster } from './cluster.ts';

/*
 * What clients of Kubernetes count on, each behaviour tried as a client meets it, all on one cluster and many at once.
 * BEHAVIOURS_KUBECONFIG names another cluster to try them on.
 */

let cluster: TestCluster | undefined;
const given = process.env['BEHAVIOURS_KUBECONFIG'];
const kubeconfig = (): string => given ?? cluster?.kubeconfig ?? '';
let opened: Api | undefined;
const api = (): Api => {
  if (opened === undefined) throw new Error('no cluster');
  return opened;
};

beforeAll(async () => {
  if (given === undefined) {
    cluster = await testCluster({ number: 9, runtime: 'simulated' });
    // An address for documentation: the endpoints of the servers are looked at, nothing is sent there.
    const up = await cluster.up('--simulated-nodes', '2', '--advertise-address', '192.0.2.10');
    expect(up.code, up.stdout + up.stderr).toBe(0);
  }
  opened = await openApi(kubeconfig());
});
afterAll(async () => {
  opened?.close();
  await cluster?.dispose();
});

for (const area of [
  answers,
  volumes,
  services,
  reports,
  certificates,
  accounts,
  budgets,
  documents,
  garbage,
  livesOfObjects,
  namespaces,
  pods,
  quotas,
  scheduling,
  watches,
  workloads,
]) {
  area(api);
}
kubectlCommands(api, kubeconfig);
