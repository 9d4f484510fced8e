import { expect, test } from 'vitest';
import { planOf } from '@taffrail/controller/testing/transcript';
import type { JsonObject } from '@taffrail/resources/json';
import { resourceQuotaController } from './plan.ts';

const commands = (hard: JsonObject, status: JsonObject): readonly unknown[] =>
  planOf(resourceQuotaController, {
    key: { namespace: 'ns', name: 'q' },
    objects: [
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'q', namespace: 'ns' },
        spec: { hard },
        status,
      },
    ],
  });

test('a new quota, and one whose limits changed, are counted by a write of their status', () => {
  const count = { type: 'patch', subresource: 'status', name: 'q', patch: { status: { hard: { pods: '2' } } } };
  expect(commands({ pods: '2' }, {})).toMatchObject([count]);
  expect(commands({ pods: '2' }, { hard: { pods: '1' }, used: { pods: '0' } })).toMatchObject([count]);
  expect(commands({ pods: '2' }, { hard: { pods: '2', configmaps: '1' }, used: { pods: '0' } })).toMatchObject([count]);
});

test('a counted quota is left to the writes that use it', () => {
  expect(commands({ cpu: '1' }, { hard: { cpu: '1000m' }, used: { cpu: '0' } })).toEqual([]);
  expect(commands({}, { hard: {} })).toEqual([]);
});
