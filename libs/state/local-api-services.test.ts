import { findResource, servedResources } from '@taffrail/resources/registry';
import type { KubeObject } from '@taffrail/resources/object';
import { expect, test } from 'vitest';
import { localApiServices } from './local-api-services.ts';
import { testMachine } from './testing/machine.ts';

test('every group and version has one, and discovery comes in the order of their priorities', () => {
  const services = localApiServices(servedResources()) as readonly KubeObject[];
  const names = services.map(({ metadata }) => metadata.name);
  expect(names).toEqual(expect.arrayContaining(['v1.', 'v1.apps', 'v2.autoscaling', 'v1.authorization.k8s.io']));
  expect(new Set(names).size).toBe(names.length);
  const priority = (name: string): readonly number[] => {
    const spec = services.find(({ metadata }) => metadata.name === name)?.['spec'] as
      | { readonly groupPriorityMinimum: number; readonly versionPriority: number }
      | undefined;
    return [spec?.groupPriorityMinimum ?? 0, spec?.versionPriority ?? 0];
  };
  expect(priority('v1.')[0]).toBeGreaterThan(priority('v1.apps')[0] ?? 0);
  expect(priority('v2.autoscaling')[1]).toBeGreaterThan(priority('v1.autoscaling')[1] ?? 0);
});

test('a new cluster has them, and they are available', async () => {
  await using cluster = await testMachine();
  const definition = findResource('apiregistration.k8s.io', 'v1', 'apiservices');
  if (definition === undefined) throw new Error('no apiservices');
  const apps = cluster.machine.get(definition, '', 'v1.apps')?.object();
  expect(apps?.['status']).toMatchObject({ conditions: [{ type: 'Available', status: 'True', reason: 'Local' }] });
  if (apps === undefined) throw new Error('it is not there');
  expect(definition.rules.tableCells(apps).slice(0, 3)).toEqual(['v1.apps', 'Local', 'True']);
});
