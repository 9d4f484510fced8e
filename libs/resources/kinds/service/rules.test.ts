import { describe, expect, test } from 'vitest';
import type { MutableJsonObject } from '../../json.ts';
import type { KubeObject } from '../../object.ts';
import { serviceRules } from './rules.ts';

function service(spec: MutableJsonObject): MutableJsonObject {
  const object: MutableJsonObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'ns' },
    spec,
  };
  serviceRules.applyDefaults(object);
  return object;
}

const stored = service({
  type: 'NodePort',
  clusterIP: '10.96.0.9',
  clusterIPs: ['10.96.0.9'],
  ipFamilies: ['IPv4'],
  ipFamilyPolicy: 'SingleStack',
  ports: [{ port: 80, nodePort: 30080 }],
});

function update(spec: MutableJsonObject): { readonly spec: MutableJsonObject; readonly faults: readonly string[] } {
  const next = service(spec);
  serviceRules.prepareForUpdate(next, stored as KubeObject, '');
  const errors = serviceRules.validateUpdate(next as KubeObject, stored as KubeObject, '');
  return { spec: next['spec'] as MutableJsonObject, faults: errors.map((error) => `${error.field}: ${error.message}`) };
}

describe('an update of a service', () => {
  test('keeps the address and node port it does not mention', () => {
    const { spec, faults } = update({ type: 'NodePort', ports: [{ port: 80 }] });
    expect(faults).toEqual([]);
    expect(spec).toMatchObject({
      clusterIP: '10.96.0.9',
      clusterIPs: ['10.96.0.9'],
      ports: [{ port: 80, nodePort: 30080 }],
    });
  });

  test('to ClusterIP gives the node port up', () => {
    const { spec, faults } = update({
      type: 'ClusterIP',
      clusterIP: '10.96.0.9',
      ports: [{ port: 80, nodePort: 30080 }],
    });
    expect(faults).toEqual([]);
    expect(spec['ports']).toEqual([{ port: 80, protocol: 'TCP', targetPort: 80 }]);
    expect(spec['externalTrafficPolicy']).toBeUndefined();
  });

  test('to ExternalName gives the address up', () => {
    const { spec, faults } = update({
      type: 'ExternalName',
      externalName: 'a.b',
      clusterIP: '10.96.0.9',
      clusterIPs: ['10.96.0.9'],
    });
    expect(faults).toEqual([]);
    expect(spec['clusterIP']).toBeUndefined();
    expect(spec['clusterIPs']).toBeUndefined();
  });

  test('cannot change the address', () => {
    const { faults } = update({
      type: 'NodePort',
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ports: [{ port: 80 }],
    });
    expect(faults).toEqual(['spec.clusterIPs[0]: Invalid value: []string{"10.96.0.1"}: may not change once set']);
  });
});

test('a headless service needs no ports, a node port needs a type that has them', () => {
  const faults = (spec: MutableJsonObject): readonly string[] => {
    const object = service(spec);
    serviceRules.prepareForCreate(object);
    return serviceRules.validateCreate(object as KubeObject).map((error) => `${error.field}: ${error.message}`);
  };
  expect(faults({ clusterIP: 'None' })).toEqual([]);
  expect(faults({ ports: [{ port: 80, nodePort: 30080 }] })).toEqual([
    "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  ]);
  expect(faults({ type: 'NodePort', clusterIP: 'None', ports: [{ port: 80 }] })).toEqual([
    'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services',
  ]);
});

test('rows show where a service is reached', () => {
  const row = (spec: MutableJsonObject, status: MutableJsonObject = {}): readonly unknown[] =>
    serviceRules.tableCells({ ...(service(spec) as KubeObject), status }).slice(1, 5);
  expect(row({ clusterIP: '10.96.0.9', ports: [{ port: 80 }] })).toEqual([
    'ClusterIP',
    '10.96.0.9',
    '<none>',
    '80/TCP',
  ]);
  expect(row({ type: 'NodePort', clusterIP: '10.96.0.9', ports: [{ port: 80, nodePort: 30080 }] })[3]).toBe(
    '80:30080/TCP',
  );
  expect(row({ type: 'ExternalName', externalName: 'a.b' })).toEqual(['ExternalName', '<none>', 'a.b', '<none>']);
  expect(row({ type: 'LoadBalancer', ports: [{ port: 80 }] })[2]).toBe('<pending>');
  expect(
    row({ type: 'LoadBalancer', ports: [{ port: 80 }] }, { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } })[2],
  ).toBe('1.2.3.4');
});
