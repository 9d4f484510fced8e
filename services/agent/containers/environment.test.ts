import { describe, expect, test } from 'vitest';
import { assert as check, property, string } from 'fast-check';
import type { ConfigMap, Container, Pod, Secret, Service } from '@taffrail/resources/generated/types';
import { containerEnvironment } from './environment.ts';
import { expand } from './expansion.ts';
import { divided, milliCores, quantity } from './quantity.ts';
import type { ReferencedObjects } from './references.ts';
import { serviceEnvironment } from './service-environment.ts';

const meta = (name: string, namespace = 'default') => ({ name, namespace });
const configMap: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: meta('cm'),
  data: { a: '1', 'b.c': '2', 'd e': '3' },
};
const secret: Secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: meta('s'),
  data: { key: Buffer.from('öffne').toString('base64') },
};
const objects: ReferencedObjects = {
  configMap: (name) => (name === 'cm' ? configMap : undefined),
  secret: (name) => (name === 's' ? secret : undefined),
};
const service = (name: string, namespace: string, clusterIP: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(name, namespace),
  spec: { clusterIP, ports: [{ name: 'web', port: 80, protocol: 'TCP' }] },
});
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default', uid: 'u', labels: { app: 'x' } },
  spec: { containers: [] },
};
const environment = (
  container: Partial<Container>,
  services: readonly Service[] = [],
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    containerEnvironment({
      pod,
      container: { name: 'main', ...container },
      objects,
      services,
      node: { name: 'n1', ip: '192.0.2.1', allocatable: { cpu: '2', memory: '1Gi' } },
      podIps: ['10.1.0.2'],
    }).map(({ name, value }) => [name, value]),
  );

describe('a container’s environment', () => {
  test('sources come first, variables override them and see those before them', () => {
    expect(
      environment({
        envFrom: [{ configMapRef: { name: 'cm' } }, { prefix: 'S_', secretRef: { name: 's' } }],
        env: [
          { name: 'a', value: 'mine' },
          { name: 'x', value: '$(a)-$(S_key)-$(later)-$$(a)' },
          { name: 'later', value: 'y' },
        ],
      }),
    ).toEqual({ a: 'mine', 'b.c': '2', S_key: 'öffne', x: 'mine-öffne-$(later)-$(a)', later: 'y' });
  });

  test('fields and resources of the pod', () => {
    const fieldRef = (fieldPath: string) => ({ fieldRef: { fieldPath } });
    expect(
      environment({
        resources: { limits: { memory: '64Mi' } },
        env: [
          { name: 'NODE', valueFrom: fieldRef('spec.nodeName') },
          { name: 'APP', valueFrom: fieldRef("metadata.labels['app']") },
          { name: 'IP', valueFrom: fieldRef('status.podIP') },
          { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
          { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        ],
      }),
    ).toEqual({ NODE: 'n1', APP: 'x', IP: '10.1.0.2', MEM: '64', CPU: '2' });
  });

  test.each([
    [{ configMapKeyRef: { name: 'no', key: 'k' } }, 'configmap "no" not found'],
    [{ configMapKeyRef: { name: 'cm', key: 'no' } }, "couldn't find key no in ConfigMap default/cm"],
    [{ secretKeyRef: { name: 's', key: 'no' } }, "couldn't find key no in Secret default/s"],
  ])('a missing reference is refused in Kubernetes’ words: %j', (valueFrom, message) => {
    expect(() => environment({ env: [{ name: 'A', valueFrom }] })).toThrow(message);
  });

  test('an optional one that is missing leaves the variable out', () => {
    const valueFrom = { configMapKeyRef: { name: 'no', key: 'k', optional: true } };
    expect(
      environment({ env: [{ name: 'A', valueFrom }], envFrom: [{ secretRef: { name: 'no', optional: true } }] }),
    ).toEqual({});
  });

  test('services of the namespace and the API’s own are told, unless links are off', () => {
    const services = [service('my-db', 'default', '10.96.0.5'), service('kubernetes', 'default', '10.96.0.1')];
    expect(environment({}, services)['MY_DB_SERVICE_HOST']).toBe('10.96.0.5');
    expect(Object.fromEntries(serviceEnvironment(services, 'other', true))).toMatchObject({
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      KUBERNETES_SERVICE_PORT_WEB: '80',
      KUBERNETES_PORT_80_TCP: 'tcp://10.96.0.1:80',
    });
    expect([...serviceEnvironment(services, 'default', false).keys()].some((name) => name.startsWith('MY_DB'))).toBe(
      false,
    );
    expect(serviceEnvironment([service('h', 'default', 'None')], 'default', true).size).toBe(0);
  });
});

test('text without a dollar sign is never changed, and doubling every dollar sign protects it', () => {
  check(
    property(string(), (text) => {
      expect(expand(text.replaceAll('$', ''), new Map([['a', 'b']]))).toBe(text.replaceAll('$', ''));
      expect(expand(text.replaceAll('$', '$$$$'), new Map([['a', 'b']]))).toBe(text);
    }),
  );
});

test.each([
  ['100m', 0.1],
  ['2', 2],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['1e3', 1000],
  ['12k', 12_000],
  [undefined, 0],
])('quantity %s is %d', (text, expected) => {
  expect(quantity(text)).toBe(expected);
});

test('parts are rounded up', () => {
  expect(milliCores('0.1')).toBe(100);
  expect(milliCores('1u')).toBe(1);
  expect(divided('100m', '1')).toBe('1');
  expect(divided('1Gi', '1Mi')).toBe('1024');
});
