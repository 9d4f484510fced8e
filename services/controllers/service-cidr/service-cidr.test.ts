import { expect, test } from 'vitest';
import { asObject } from '@taffrail/controller/as-object';
import { planOf } from '@taffrail/controller/testing/transcript';
import type { IPAddress, ServiceCIDR } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { withMetadata } from '../testing/given.ts';
import { serviceCidrController } from './plan.ts';
import { holdsAddress, holdsRange } from './ranges.ts';

const FINALIZER = 'networking.k8s.io/service-cidr-finalizer';
const key = { namespace: '', name: 'r' };

const range = (name: string, cidrs: readonly string[], more: Partial<ServiceCIDR> = {}): KubeObject =>
  asObject({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name, finalizers: [FINALIZER] },
    spec: { cidrs },
    ...more,
  });
const going = (
  cidrs: readonly string[],
  more: Pick<KubeObject['metadata'], 'finalizers' | 'resourceVersion'> = {},
): KubeObject => withMetadata(range('r', cidrs), { deletionTimestamp: '2026-01-01T00:00:00Z', ...more });
const address = (name: string, managedBy = 'ipallocator.k8s.io'): KubeObject =>
  asObject({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: { name, labels: { 'ipaddress.kubernetes.io/managed-by': managedBy } },
    spec: { parentRef: { resource: 'services', namespace: 'ns', name: 'web' } },
  } as IPAddress);
const commands = (...objects: readonly KubeObject[]): readonly unknown[] =>
  planOf(serviceCidrController, { key, objects });

const freed = { type: 'update', object: { metadata: { finalizers: [] } } };
const kept = {
  type: 'update',
  subresource: 'status',
  object: { status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Terminating' }] } },
};

test('a range gets its finalizer, and is said to be ready once', () => {
  expect(commands(withMetadata(range('r', ['10.0.0.0/24']), { finalizers: ['a/b'] }))).toMatchObject([
    { type: 'update', object: { metadata: { finalizers: ['a/b', FINALIZER] } } },
  ]);
  const other = { type: 'Other', status: 'True', reason: 'X', message: '', lastTransitionTime: '' };
  const conditions = [other];
  expect(commands(range('r', ['10.0.0.0/24'], { status: { conditions } }))).toMatchObject([
    {
      subresource: 'status',
      object: {
        status: { conditions: [other, { type: 'Ready', status: 'True', message: 'Kubernetes Service CIDR is ready' }] },
      },
    },
  ]);
  const ready = { ...other, type: 'Ready', reason: '' };
  expect(commands(range('r', ['10.0.0.0/24'], { status: { conditions: [ready] } }))).toEqual([]);
});

test('one that is to go waits while an address that the server gave out would be in no range', () => {
  expect(commands(going(['10.0.0.0/24']), address('10.0.0.9'))).toMatchObject([kept]);
  expect(commands(going(['10.0.0.0/24', 'fd00::/112']), address('fd00::9'))).toMatchObject([kept]);
  expect(commands(going(['10.0.0.0/24']), address('10.0.0.9'), range('wide', ['10.0.0.8/29']))).toMatchObject([freed]);
  expect(commands(going(['10.0.0.0/24']), address('10.0.0.9'), range('same', ['10.0.0.0/24']))).toMatchObject([freed]);
  expect(commands(going(['10.0.0.0/24']), address('10.0.1.9'))).toMatchObject([freed]);
  expect(commands(going(['10.0.0.0/24']), address('10.0.0.9', 'someone'))).toMatchObject([freed]);
  expect(commands(going(['10.0.0.0/24'], { finalizers: ['a/b'] }))).toEqual([]);
});

test('what was given out before the deletion is waited for', () => {
  expect(commands(going(['10.0.0.0/24'], { resourceVersion: '99999999' }))).toEqual([
    { type: 'requeue', afterMs: 1000 },
  ]);
});

test.each([
  ['10.0.0.0/24', '10.0.0.1', true],
  ['10.0.0.0/24', '10.0.0.0', false],
  ['10.0.0.0/24', '10.0.0.255', false],
  ['10.0.0.0/24', '10.0.1.1', false],
  ['10.0.0.0/24', '::1', false],
  ['fd00::/112', 'fd00::1', true],
  ['fd00::/112', 'fd00::', false],
  ['fd00::/112', 'fd00::ffff', true],
])('%s holds %s: %s', (cidr, ip, holds) => {
  expect(holdsAddress(cidr, ip)).toBe(holds);
});

test('a range holds itself and what is in it', () => {
  expect(holdsRange('10.0.0.0/8', '10.1.0.0/16')).toBe(true);
  expect(holdsRange('10.0.0.0/8', '10.0.0.0/8')).toBe(true);
  expect(holdsRange('10.1.0.0/16', '10.0.0.0/8')).toBe(false);
  expect(holdsRange('10.0.0.0/8', 'fd00::/112')).toBe(false);
});
