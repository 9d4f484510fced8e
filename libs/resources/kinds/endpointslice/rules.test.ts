import { expect, test } from 'vitest';
import type { MutableJsonObject } from '../../json.ts';
import type { KubeObject } from '../../object.ts';
import { endpointSliceRules } from './rules.ts';

function slice(endpoint: MutableJsonObject): MutableJsonObject {
  return {
    metadata: { name: 's', namespace: 'ns' },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], ...endpoint }],
  };
}

test('what an older version said of places is not written, and stays where nothing else changes', () => {
  const deprecatedTopology = { 'topology.kubernetes.io/zone': 'a' };
  const made = slice({ deprecatedTopology });
  endpointSliceRules.prepareForCreate(made);
  expect(made['endpoints']).toEqual([{ addresses: ['10.0.0.1'] }]);

  const kept = slice({ deprecatedTopology });
  endpointSliceRules.prepareForUpdate(kept, slice({ deprecatedTopology }) as KubeObject, '');
  expect(kept['endpoints']).toEqual([{ addresses: ['10.0.0.1'], deprecatedTopology }]);
  const changed = slice({ deprecatedTopology, hostname: 'h' });
  endpointSliceRules.prepareForUpdate(changed, slice({ deprecatedTopology }) as KubeObject, '');
  expect(changed['endpoints']).toEqual([{ addresses: ['10.0.0.1'], hostname: 'h' }]);
});
