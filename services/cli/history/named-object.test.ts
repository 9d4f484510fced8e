import { expect, test } from 'vitest';
import { namedObject } from './named-object.ts';

test('a kind may be said in every way kubectl knows', () => {
  for (const type of [
    'deployment',
    'deployments',
    'deploy',
    'Deployment',
    'deployments.apps',
    'deployment.v1.apps',
    'DEPLOY',
  ]) {
    expect(namedObject(`${type}/web`)).toMatchObject({
      definition: { kind: 'Deployment', group: 'apps' },
      name: 'web',
    });
  }
  expect(namedObject('cm/a').definition.resource).toBe('configmaps');
});

test('anything else is a usage error', () => {
  for (const text of ['deployment', 'deployment/', '/web', 'a/b/c', 'nonsense/web']) {
    expect(() => namedObject(text)).toThrow(expect.objectContaining({ name: 'UsageError' }));
  }
});
