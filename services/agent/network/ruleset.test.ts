import { describe, expect, test } from 'vitest';
import type { EndpointSlice, Service } from '@taffrail/resources/generated/types';
import { ruleset } from './ruleset.ts';
import { serviceRules } from './service-rules.ts';

const service = (name: string, spec: NonNullable<Service['spec']>): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec,
});
const slice = (of: string, endpoints: EndpointSlice['endpoints'], port = 8080, name = ''): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${of}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': of } },
  addressType: 'IPv4',
  ports: [{ name, port, protocol: 'TCP' }],
  ...(endpoints === undefined ? {} : { endpoints }),
});
const at = (ip: string, nodeName = 'n1', conditions = {}): NonNullable<EndpointSlice['endpoints']>[number] => ({
  addresses: [ip],
  nodeName,
  conditions,
});
const web = service('web', { clusterIP: '10.96.0.10', ports: [{ port: 80, protocol: 'TCP' }] });

describe('what a node does for Services', () => {
  test('ready endpoints stand behind the address; those that end only while no other is ready', () => {
    const ending = { ready: false, serving: true, terminating: true };
    const both = slice('web', [at('10.1.0.3'), at('10.1.0.2', 'n2'), at('10.1.0.4', 'n1', ending)]);
    expect(serviceRules([web], [both], 'n1')[0]?.backends).toEqual([
      { ip: '10.1.0.2', port: 8080 },
      { ip: '10.1.0.3', port: 8080 },
    ]);
    const last = slice('web', [at('10.1.0.4', 'n1', ending), at('10.1.0.5', 'n1', { ready: false })]);
    expect(serviceRules([web], [last], 'n1')[0]?.backends).toEqual([{ ip: '10.1.0.4', port: 8080 }]);
  });

  test('headless and external-name Services need nothing', () => {
    const headless = service('h', { clusterIP: 'None', ports: [{ port: 80 }] });
    const external = service('e', { type: 'ExternalName', externalName: 'x', clusterIP: '10.96.0.9' });
    expect(serviceRules([headless, external], [], 'n1')).toEqual([]);
  });

  test('a local traffic policy keeps to the node', () => {
    const local = service('web', {
      type: 'NodePort',
      clusterIP: '10.96.0.10',
      externalTrafficPolicy: 'Local',
      ports: [{ port: 80, nodePort: 30080 }],
    });
    const [rule] = serviceRules([local], [slice('web', [at('10.1.0.2'), at('10.1.0.3', 'n2')])], 'n1');
    expect(rule).toMatchObject({
      keepsClientAddress: true,
      nodePort: 30_080,
      externalBackends: [{ ip: '10.1.0.2', port: 8080 }],
    });
    expect(rule?.backends).toHaveLength(2);
  });

  test('ports are matched by name', () => {
    const named = service('web', {
      clusterIP: '10.96.0.10',
      ports: [
        { name: 'a', port: 1 },
        { name: 'b', port: 2 },
      ],
    });
    const rules = serviceRules([named], [slice('web', [at('10.1.0.2')], 9000, 'b')], 'n1');
    expect(rules.map(({ port, backends }) => [port, backends.length])).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });
});

describe('the ruleset', () => {
  const options = { table: 't', podCidr: '10.1.0.0/24', serviceCidr: '10.96.0.0/16', localPodIps: ['10.1.0.2'] };

  test('is one transaction that replaces the table', () => {
    const lines = ruleset([], options).split('\n');
    expect(lines.slice(0, 3)).toEqual(['add table ip t', 'delete table ip t', 'table ip t {']);
  });

  test('is the same text for the same Services in any order', () => {
    const other = service('other', { clusterIP: '10.96.0.11', ports: [{ port: 80 }] });
    const slices = [slice('web', [at('10.1.0.2')]), slice('other', [at('10.1.0.3')])];
    const text = ruleset(serviceRules([web, other], slices, 'n1'), options);
    expect(ruleset(serviceRules([other, web], slices.toReversed(), 'n1'), options)).toBe(text);
  });

  test('refuses addresses without endpoints and the rest of the range', () => {
    const text = ruleset(serviceRules([web], [], 'n1'), options);
    expect(text).toContain(
      'refused_addresses { type ipv4_addr . inet_proto . inet_service; elements = { 10.96.0.10 . tcp . 80 }; }',
    );
    expect(text.match(/ip daddr 10\.96\.0\.0\/16 goto reject_service/g)).toHaveLength(2);
    expect(text).not.toContain('dnat');
  });

  test('affinity keeps a client at its backend for its time', () => {
    const sticky = service('web', {
      clusterIP: '10.96.0.10',
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
      ports: [{ port: 80 }],
    });
    const text = ruleset(serviceRules([sticky], [slice('web', [at('10.1.0.2'), at('10.1.0.3')])], 'n1'), options);
    expect(text.match(/timeout 60s/g)).toHaveLength(2);
    expect(text).toMatch(/numgen random mod 2 vmap/);
  });
});
