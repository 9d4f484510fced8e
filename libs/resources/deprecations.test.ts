import { expect, test } from 'vitest';
import { deprecationOf } from './deprecations.ts';
import { servedResources } from './registry.ts';

const warned = new Map(
  servedResources().flatMap((one) => {
    const text = deprecationOf(one);
    return text === undefined ? [] : [[text.split(' is ', 1)[0] ?? '', text] as const];
  }),
);

test('what is deprecated is said as Kubernetes says it', () => {
  expect(warned.get('v1 Endpoints')).toBe(
    'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  );
  expect(warned.get('storage.k8s.io/v1beta1 VolumeAttributesClass')).toBe(
    'storage.k8s.io/v1beta1 VolumeAttributesClass is deprecated in v1.34+, unavailable in v1.37+; use storage.k8s.io/v1 VolumeAttributesClass',
  );
  expect(warned.get('resource.k8s.io/v1beta1 ResourceClaim')).toBe(
    'resource.k8s.io/v1beta1 ResourceClaim is deprecated in v1.35+, unavailable in v1.38+',
  );
  const componentStatus = { group: '', version: 'v1', kind: 'ComponentStatus' };
  expect(deprecationOf(componentStatus)).toBe('v1 ComponentStatus is deprecated in v1.19+');
});

test('of stable versions only Endpoints and ComponentStatus are deprecated, and each name in the table is served', () => {
  const stable = [...warned.keys()].filter((name) => !name.includes('beta')).toSorted();
  expect(stable.filter((name) => name !== 'v1 ComponentStatus')).toEqual(['v1 Endpoints']);
  expect(warned.size).toBeGreaterThanOrEqual(14);
  expect(deprecationOf({ group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' })).toBeUndefined();
});
