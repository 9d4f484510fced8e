import { expect, test } from 'vitest';
import type { KubeObject } from '@taffrail/resources/object';
import { findResource } from '@taffrail/resources/registry';
import type { ItemCommand, TransactionCommand } from './command.ts';
import { accepted, testMachine } from './testing/machine.ts';

test('items may speak different versions of a resource, and each is answered in its own', async () => {
  await using cluster = await testMachine();
  const v1 = findResource('autoscaling', 'v1', 'horizontalpodautoscalers');
  const v2 = findResource('autoscaling', 'v2', 'horizontalpodautoscalers');
  if (v1 === undefined || v2 === undefined) throw new Error('no autoscalers');
  const object = (version: string, max: number): KubeObject => ({
    apiVersion: `autoscaling/${version}`,
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h', namespace: 'default' },
    spec: { maxReplicas: max, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } },
  });
  const item = (
    definition: typeof v1,
    type: 'create' | 'apply',
    one: KubeObject,
  ): TransactionCommand['items'][number] => {
    const target = { definition, namespace: 'default', name: 'h', subresource: '' };
    const command: ItemCommand =
      type === 'create' ? { type, target, object: one } : { type, target, object: one, fieldValidation: 'Strict' };
    return { command, preconditions: {} };
  };
  const outcome = accepted(
    await cluster.submit({
      type: 'transaction',
      items: [
        item(v1, 'create', object('v1', 3)),
        item(v2, 'apply', object('v2', 5)),
        item(v1, 'apply', object('v1', 7)),
      ],
    }),
  );
  expect(outcome.items?.map(({ object: one, result }) => [result, one.object().apiVersion])).toEqual([
    ['created', 'autoscaling/v1'],
    ['configured', 'autoscaling/v2'],
    ['configured', 'autoscaling/v1'],
  ]);
  expect(cluster.machine.get(v2, 'default', 'h')?.object()).toMatchObject({ spec: { maxReplicas: 7 } });
});
