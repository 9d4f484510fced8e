import { expect, test } from 'vitest';
import type { MutableJsonObject } from '../../json.ts';
import type { KubeObject } from '../../object.ts';
import { findResource } from '../../registry.ts';

function shown(version: string, spec: MutableJsonObject): unknown {
  const definition = findResource('resource.k8s.io', version, 'resourceclaims');
  if (definition === undefined) throw new Error('no claims');
  const given = { apiVersion: `resource.k8s.io/${version}`, kind: 'ResourceClaim', metadata: { name: 'c' }, spec };
  const { conversion } = definition;
  const object = structuredClone(conversion?.toStorage(given as KubeObject) ?? given) as MutableJsonObject;
  definition.rules.applyDefaults(object);
  return (conversion?.fromStorage(object as KubeObject) ?? (object as KubeObject))['spec'];
}

const device = { deviceClassName: 'gpu' };
const one = { ...device, allocationMode: 'ExactCount', count: 1 };

test.each(['v1', 'v1beta2'])('a request of %s is for one device unless it says otherwise', (version) => {
  const spec = {
    devices: {
      requests: [
        { name: 'a', exactly: { ...device, tolerations: [{ key: 'k' }] } },
        { name: 'b', exactly: { ...device, allocationMode: 'All' } },
        {
          name: 'c',
          firstAvailable: [
            { name: 'd', ...device },
            { name: 'e', ...device, count: 2 },
          ],
        },
      ],
    },
  };
  expect(shown(version, spec)).toEqual({
    devices: {
      requests: [
        { name: 'a', exactly: { ...one, tolerations: [{ key: 'k', operator: 'Equal' }] } },
        { name: 'b', exactly: { ...device, allocationMode: 'All' } },
        {
          name: 'c',
          firstAvailable: [
            { name: 'd', ...one },
            { name: 'e', ...one, count: 2 },
          ],
        },
      ],
    },
  });
});

test('a request of v1beta1, which says the same without a level, gets the same', () => {
  const spec = { devices: { requests: [{ name: 'a', ...device }] } };
  expect(shown('v1beta1', spec)).toEqual({ devices: { requests: [{ name: 'a', ...one }] } });
});
