import { expect, test } from 'vitest';
import { revision, uid } from '@taffrail/platform/brand';
import type { ChangedObject, ProjectedObject } from '@taffrail/projection/read-model';
import type { JsonObject } from '@taffrail/resources/json';
import type { ObjectKey } from '@taffrail/resources/object';
import { planUndo } from './plan-undo.ts';
import { objectToCreate, objectToUpdate } from './restored-object.ts';

const FREE = { clusterIP: () => true, nodePort: () => true };
const key = (resource: string, name: string, group = '', namespace = 'shop'): ObjectKey => ({
  group,
  resource,
  namespace,
  name,
});
const state = (of: ObjectKey, object: JsonObject): ProjectedObject => ({
  key: of,
  version: 'v1',
  uid: uid(textOf(object['metadata'], 'uid') || `uid-of-${of.name}`),
  revision: revision(4096),
  createdRevision: revision(2048),
  stored: Buffer.from(JSON.stringify({ kind: 'X', apiVersion: 'v1', ...object })),
});
const textOf = (holder: JsonObject[string], name: string): string => {
  const value = (holder as JsonObject | undefined)?.[name];
  return typeof value === 'string' ? value : '';
};
const changed = (of: ObjectKey, from?: JsonObject, to?: JsonObject): ChangedObject => ({
  key: of,
  ...(from === undefined ? {} : { from: state(of, from) }),
  ...(to === undefined ? {} : { to: state(of, to) }),
});
const named = (name: string, more: JsonObject = {}): JsonObject => ({ metadata: { name, namespace: 'shop', ...more } });
const plan = (...pairs: readonly ChangedObject[]) =>
  planUndo(
    pairs,
    () => true,
    FREE,
    () => false,
  );
const done = (...pairs: readonly ChangedObject[]) =>
  plan(...pairs).actions.map(({ type, key: { name } }) => `${type} ${name}`);
const left = (...pairs: readonly ChangedObject[]) => plan(...pairs).left.map(({ why }) => why);

test('deletions come first, namespaces and what others need before them, bounds last', () => {
  expect(
    done(
      changed(key('resourcequotas', 'q'), named('q')),
      changed(key('pods', 'p'), named('p')),
      changed(key('serviceaccounts', 'robot'), named('robot')),
      changed(key('configmaps', 'gone'), undefined, named('gone')),
      changed(key('namespaces', 'n', '', ''), { metadata: { name: 'n' } }),
    ),
  ).toEqual(['delete gone', 'create n', 'create robot', 'create p', 'create q']);
});

test('what had finished is not run again, and what controllers make is left to them', () => {
  const complete = { status: { conditions: [{ type: 'Complete', status: 'True' }] } };
  expect(left(changed(key('jobs', 'j', 'batch'), { ...named('j'), ...complete }))).toEqual([
    'it had finished, and would run again',
  ]);
  expect(left(changed(key('pods', 'p'), { ...named('p'), status: { phase: 'Succeeded' } }))).toHaveLength(1);
  const managed = named('e', { labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } });
  expect(left(changed(key('endpoints', 'e'), managed))).toEqual(['left to the endpoints controller']);
  for (const name of ['kube-root-ca.crt', 'service-ca.crt']) {
    expect(left(changed(key('configmaps', name), named(name)))).toEqual([
      'left to the publisher of the cluster authority',
    ]);
  }
  const allocated = named('10.96.0.9', { labels: { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' } });
  expect(left(changed(key('ipaddresses', '10.96.0.9', 'networking.k8s.io', ''), undefined, allocated))).toEqual([
    'it comes and goes with its Service',
  ]);
  const controlled = named('s', { ownerReferences: [{ kind: 'Service', name: 'web', uid: 'u', controller: true }] });
  expect(
    left(changed(key('endpointslices', 's', 'discovery.k8s.io'), controlled, { ...controlled, endpoints: [] })),
  ).toEqual(['left to Service web, which controls it']);
});

test('revisions of workloads come back with them, and are left to them while they are there', () => {
  const owned = named('r', { ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'u', controller: true }] });
  const revisionKey = key('replicasets', 'r', 'apps');
  expect(done(changed(revisionKey, { ...owned, spec: { replicas: 2 } }))).toEqual(['create r']);
  expect(
    left(changed(revisionKey, { ...owned, spec: { replicas: 2 } }, { ...owned, spec: { replicas: 0 } })),
  ).toHaveLength(1);
});

test('what was on its way out stays away, and what is on its way out is in the way', () => {
  const ending = named('a', { deletionTimestamp: '2026-11-21T09:00:00Z' });
  const of = key('configmaps', 'a');
  expect(plan(changed(of, ending))).toMatchObject({ actions: [], conflicts: [] });
  expect(plan(changed(of, undefined, ending))).toMatchObject({ actions: [], conflicts: [] });
  expect(plan(changed(of, { ...named('a'), data: {} }, ending)).conflicts).toMatchObject([{ overridable: false }]);
});

test('what was purged cannot come back, and says so', () => {
  const marker = named('s', { annotations: { 'taffrail.dev/unreadable': 'purged' } });
  expect(plan(changed(key('secrets', 's'), marker)).conflicts).toMatchObject([
    { why: 'what it was has been purged', overridable: false },
  ]);
});

test('the content of a namespace that goes, goes with it', () => {
  const space = changed(key('namespaces', 'shop', '', ''), undefined, { metadata: { name: 'shop' } });
  expect(done(space, changed(key('configmaps', 'a'), undefined, named('a')))).toEqual(['delete shop']);
});

test('an object that was created anew since is told under both its uids', () => {
  const of = key('configmaps', 'a');
  const { renewals } = plan(changed(of, named('a', { uid: 'old' }), named('a', { uid: 'new' })));
  expect([...renewals]).toEqual([['old', 'new']]);
});

test('what is created again has what people wrote, and nothing that was found out or given out', () => {
  const pod = {
    kind: 'Pod',
    metadata: {
      ...(named('p')['metadata'] as JsonObject),
      uid: 'u',
      creationTimestamp: 't',
      generation: 3,
      managedFields: [],
      labels: { a: 'b' },
      finalizers: ['foregroundDeletion', 'example.com/mine'],
    },
    spec: { nodeName: 'n1', containers: [] },
    status: { phase: 'Running' },
  };
  expect(objectToCreate(key('pods', 'p'), pod, FREE)).toEqual({
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'shop', labels: { a: 'b' }, finalizers: ['example.com/mine'] },
    spec: { containers: [] },
  });
  const job = {
    ...named('j'),
    spec: {
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
      template: { metadata: { labels: { 'controller-uid': 'u', mine: 'x' } } },
    },
  };
  expect(objectToCreate(key('jobs', 'j', 'batch'), job, FREE)['spec']).toEqual({
    template: { metadata: { labels: { mine: 'x' } } },
  });
});

test('what is set back keeps its identity, its status and what was given to it', () => {
  const was = {
    ...named('s', {
      uid: 'old',
      labels: { a: '1' },
      annotations: { mine: '1', 'deployment.kubernetes.io/revision': '1' },
    }),
    spec: { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ports: [{ port: 80 }] },
    status: { loadBalancer: { old: true } },
  };
  const is = {
    ...named('s', {
      uid: 'new',
      labels: { a: '2', b: '2' },
      annotations: { 'deployment.kubernetes.io/revision': '2' },
    }),
    spec: { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'], ports: [{ port: 81 }] },
    status: { loadBalancer: {} },
  };
  expect(objectToUpdate(key('services', 's'), was, is)).toEqual({
    ...named('s', {
      uid: 'new',
      labels: { a: '1' },
      annotations: { mine: '1', 'deployment.kubernetes.io/revision': '2' },
    }),
    spec: { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'], ports: [{ port: 80 }] },
    status: { loadBalancer: {} },
  });
});
