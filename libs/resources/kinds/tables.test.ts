import { cellAt } from '../cell.ts';
import { expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { allResources } from '../registry.ts';

const NOW_MS = Date.parse('2026-11-21T10:00:00Z');

function row(resource: string, object: JsonObject): readonly unknown[] {
  const definition = allResources().find((one) => one.resource === resource);
  if (definition === undefined) throw new Error(`no ${resource}`);
  const metadata = {
    name: 'a',
    creationTimestamp: '2026-11-21T09:00:00Z',
    ...(object['metadata'] as JsonObject | undefined),
  };
  const cells = definition.rules.tableCells({ apiVersion: 'v1', kind: definition.kind, ...object, metadata });
  return cells.map((cell) => cellAt(cell, NOW_MS));
}

test('a node shows its readiness, roles and addresses', () => {
  const node = {
    metadata: { labels: { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/control-plane': '' } },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      nodeInfo: { kubeletVersion: 'v1.36.0' },
    },
  };
  expect(row('nodes', node)).toEqual([
    'a',
    'Ready,SchedulingDisabled',
    'control-plane,worker',
    '60m',
    'v1.36.0',
    '10.0.0.1',
    '<none>',
    '<unknown>',
    '<unknown>',
    '<unknown>',
  ]);
  expect(row('nodes', { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }).slice(0, 3)).toEqual([
    'a',
    'NotReady',
    '<none>',
  ]);
});

test('an event shows when it was last and first seen, and what it is about', () => {
  const event = {
    type: 'Warning',
    reason: 'BackOff',
    message: ' Back-off \n',
    count: 7,
    involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec.containers{c}' },
    source: { component: 'kubelet', host: 'n' },
    firstTimestamp: '2026-11-21T09:50:00Z',
    lastTimestamp: '2026-11-21T09:59:00Z',
  };
  expect(row('events', event)).toEqual([
    '60s',
    'Warning',
    'BackOff',
    'pod/p',
    'spec.containers{c}',
    'kubelet, n',
    'Back-off',
    '10m',
    7,
    'a',
  ]);
  const later = {
    eventTime: '2026-11-21T09:55:00.000000Z',
    firstTimestamp: null,
    lastTimestamp: null,
    reportingComponent: 'x',
  };
  expect(row('events', later).slice(0, 1)).toEqual(['5m']);
  expect(row('events', later)[8]).toBe(1);
});

test('endpoints list the first three addresses', () => {
  const addresses = ['1', '2', '3', '4', '5'].map((last) => ({ ip: `10.0.0.${last}` }));
  expect(row('endpoints', { subsets: [{ addresses, ports: [{ port: 80 }] }] })[1]).toBe(
    '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...',
  );
  expect(row('endpoints', {})[1]).toBe('<none>');
  const slice = { addressType: 'IPv4', ports: [{ port: 80 }, { name: 'x' }], endpoints: [{ addresses: ['10.0.0.1'] }] };
  expect(row('endpointslices', slice)).toEqual(['a', 'IPv4', '80,x', '10.0.0.1', '60m']);
  expect(row('endpointslices', { addressType: 'IPv4' }).slice(2, 4)).toEqual(['<unset>', '<unset>']);
});

test('config maps, secrets, accounts, leases and namespaces show what they hold', () => {
  expect(row('configmaps', { data: { a: '1' }, binaryData: { b: 'AA==' } })).toEqual(['a', 2, '60m']);
  expect(row('secrets', { type: 'Opaque', data: { a: 'AA==' } })).toEqual(['a', 'Opaque', 1, '60m']);
  expect(row('serviceaccounts', { secrets: [{ name: 's' }] })).toEqual(['a', 1, '60m']);
  expect(row('leases', { spec: { holderIdentity: 'me' } })).toEqual(['a', 'me', '60m']);
  expect(row('namespaces', { status: { phase: 'Active' } })).toEqual(['a', 'Active', '60m']);
});
