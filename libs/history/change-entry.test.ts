import { expect, test } from 'vitest';
import { revision, uid } from '@taffrail/platform/brand';
import type { LogEvent } from '@taffrail/log/event';
import { changeEntry } from './change-entry.ts';

const nothing = (): boolean => false;

const event = (changes: Partial<LogEvent>, object: object): LogEvent => ({
  revision: revision(4097),
  previousRevision: revision(2048),
  timeMs: Date.parse('2026-11-21T09:00:00.123Z'),
  verb: 'updated',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  namespace: 'default',
  name: 'web',
  uid: uid('u'),
  object: Buffer.from(JSON.stringify({ kind: 'Deployment', ...object })),
  actor: {
    user: 'alice',
    groups: ['system:masters'],
    userAgent: 'kubectl/v1.32',
    address: '::1',
    fieldManager: 'kubectl',
  },
  cause: { correlation: 'c', traceparent: '' },
  request: { verb: 'patch', subresource: 'scale' },
  transactionStart: 1,
  transactionEnd: 2,
  ...changes,
});
const bytes = (object: object): Buffer => Buffer.from(JSON.stringify(object));

test('an update reads as what changed, who did it and with which program', () => {
  const entry = changeEntry(
    { event: event({}, { spec: { replicas: 5 } }), before: bytes({ spec: { replicas: 3 } }) },
    nothing,
  );
  expect(entry).toMatchObject({
    revision: '4097',
    previousRevision: '2048',
    time: '2026-11-21T09:00:00.123Z',
    about: { group: 'apps', resource: 'deployments', kind: 'Deployment', namespace: 'default', name: 'web' },
    transaction: { first: '4097', last: '4098' },
    changes: [
      { path: 'kind', to: 'Deployment' },
      { path: 'spec.replicas', from: 3, to: 5 },
    ],
  });
  const same = { kind: 'Deployment', spec: { replicas: 3 } };
  expect(changeEntry({ event: event({}, { spec: { replicas: 5 } }), before: bytes(same) }, nothing).summary).toBe(
    'replicas 3 → 5 by alice (kubectl scale)',
  );
});

test('creations, deletions and what only waits for its end are told by these words', () => {
  const summary = (changes: Partial<LogEvent>, object: object = {}, before?: object): string =>
    changeEntry({ event: event(changes, object), ...(before === undefined ? {} : { before: bytes(before) }) }, nothing)
      .summary;
  const request = { verb: 'delete', subresource: '' } as const;
  expect(summary({ verb: 'created', request: { verb: 'create', subresource: '' } })).toBe(
    'created by alice (kubectl create)',
  );
  expect(summary({ verb: 'deleted', request }, {}, { spec: {} })).toBe('deleted by alice (kubectl delete)');
  const marked = { metadata: { deletionTimestamp: '2026-11-21T09:00:30Z', deletionGracePeriodSeconds: 30 } };
  expect(summary({ request }, marked, { metadata: {} })).toBe('marked for deletion by alice (kubectl delete)');
  const fieldManager = 'kubectl-client-side-apply';
  expect(summary({ actor: { ...event({}, {}).actor, fieldManager } }, {}, { kind: 'Deployment' })).toBe(
    'no field changed by alice (kubectl client-side-apply)',
  );
  const lent = { ...event({}, {}).actor, impersonator: 'root' };
  expect(summary({ verb: 'deleted', request, actor: lent })).toBe(
    'deleted by alice, impersonated by root (kubectl delete)',
  );
});

test("a Secret's history says which values changed and never what they are", () => {
  const secret = (data: object | undefined, applied: string): object => ({
    kind: 'Secret',
    metadata: { labels: { app: applied }, annotations: { applied: `copy of ${JSON.stringify(data)}` } },
    data,
  });
  const first = { password: 'b2xk', 'tls.key': 'a2V5' };
  const states: readonly [object | undefined, object | undefined][] = [
    [first, { password: 'bmV3', 'tls.key': 'cm90YXRlZA==' }],
    [first, { 'tls.key': 'a2V5' }],
    [first, undefined],
    [undefined, first],
  ];
  for (const [from, to] of states) {
    const of = { group: '', resource: 'secrets', name: 'db' };
    const entry = changeEntry({ event: event(of, secret(to, 'two')), before: bytes(secret(from, 'one')) }, nothing);
    expect(JSON.stringify(entry)).not.toMatch(/b2xk|a2V5|bmV3|cm90YXRlZA/);
    expect(entry.summary).toContain('hidden');
    expect(entry.changes).toContainEqual({ path: 'metadata.labels.app', from: 'one', to: 'two' });
  }
});

test('the history of what is declared to be encrypted says which values changed, and of lists only that they did', () => {
  const endpoints = (ip: string, app: string): object => ({
    kind: 'Endpoints',
    metadata: { labels: { app }, annotations: { copy: ip } },
    subsets: [{ addresses: [{ ip, nodeName: 'n' }], ports: [{ port: 80 }] }],
  });
  const change = {
    event: event({ group: '', resource: 'endpoints' }, endpoints('10.1.2.3', 'two')),
    before: bytes(endpoints('10.9.9.9', 'one')),
  };
  const entry = changeEntry(change, ({ resource }) => resource === 'endpoints');
  expect(entry.changes.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
    { path: 'metadata.annotations.copy', from: '(hidden)', to: '(hidden)' },
    { path: 'metadata.labels.app', from: 'one', to: 'two' },
    { path: 'subsets', from: '(hidden)', to: '(hidden)' },
  ]);
  expect(JSON.stringify(entry)).not.toContain('10.');
  expect(JSON.stringify(changeEntry(change, nothing))).toContain('10.1.2.3');
});
