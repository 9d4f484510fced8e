import { expect, test } from 'vitest';
import { revision, uid } from '@taffrail/platform/brand';
import type { LogEvent } from '@taffrail/log/event';
import { changeLine, changeOf } from './change.ts';

const event = (changes: Partial<LogEvent>, object: object): LogEvent => ({
  revision: revision(4096),
  previousRevision: revision(2048),
  timeMs: Date.parse('2026-11-21T09:00:00.123Z'),
  verb: 'updated',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  namespace: 'default',
  name: 'web',
  uid: uid('u'),
  object: Buffer.from(JSON.stringify(object)),
  actor: {
    user: 'kubernetes-admin',
    groups: ['system:masters'],
    userAgent: 'kubectl/v1.32',
    address: '::1',
    fieldManager: 'kubectl',
  },
  cause: { correlation: 'c', traceparent: '' },
  request: { verb: 'patch', subresource: 'scale' },
  transactionStart: 0,
  transactionEnd: 0,
  ...changes,
});

test('a change reads as when, what, who and with which program', () => {
  const before = event({}, { spec: { replicas: 3 } });
  const after = event({}, { spec: { replicas: 5 } });
  expect(changeLine(changeOf(after, before))).toBe(
    '4096  2026-11-21 09:00:00  updated  replicas 3 → 5 by kubernetes-admin (kubectl scale)',
  );
});

test('a creation and a deletion say who, a controller also why', () => {
  const actor = {
    user: 'system:kube-controller-manager',
    groups: [],
    userAgent: 'x/1',
    address: '',
    fieldManager: 'deployment-controller',
  };
  const created = event(
    {
      verb: 'created',
      actor,
      cause: { revision: revision(2048), correlation: 'c', traceparent: '' },
      request: { verb: 'create', subresource: '' },
    },
    {},
  );
  expect(changeLine(changeOf(created, undefined))).toBe(
    '4096  2026-11-21 09:00:00  created  by system:kube-controller-manager (deployment-controller create) because of 2048',
  );
  const client = { ...event({}, {}).actor, fieldManager: 'kubectl-client-side-apply' };
  expect(changeLine(changeOf(event({ verb: 'deleted', actor: client }, {}), undefined))).toContain(
    '(kubectl client-side-apply)',
  );
});

test('an update that changed bookkeeping only says so', () => {
  const same = event({}, { metadata: { generation: 1 } });
  expect(changeLine(changeOf(same, same))).toContain('no field changed by kubernetes-admin');
});

test("a Secret's history says which values changed and never what they are, in words and as JSON", () => {
  const secret = (data: object | undefined, applied: string): LogEvent =>
    event(
      { group: '', resource: 'secrets', name: 'db' },
      { metadata: { labels: { app: applied }, annotations: { applied: `copy of ${JSON.stringify(data)}` } }, data },
    );
  const first = { password: 'b2xk', 'tls.key': 'a2V5' };
  const states: readonly [object | undefined, object | undefined][] = [
    [first, { password: 'bmV3', 'tls.key': 'cm90YXRlZA==' }],
    [first, { 'tls.key': 'a2V5' }],
    [first, undefined],
    [undefined, first],
  ];
  for (const [from, to] of states) {
    const change = changeOf(secret(to, 'two'), secret(from, 'one'));
    for (const text of [changeLine(change), JSON.stringify(change)]) {
      expect(text).not.toMatch(/b2xk|a2V5|bmV3|cm90YXRlZA/);
      expect(text).toContain('hidden');
    }
    expect(change.changes).toContainEqual({ path: 'metadata.labels.app', from: 'one', to: 'two' });
  }
  expect(changeLine(changeOf(secret({ password: 'bmV3' }, 'one'), secret({ password: 'b2xk' }, 'one')))).toContain(
    'password (hidden) → (hidden)',
  );
});
