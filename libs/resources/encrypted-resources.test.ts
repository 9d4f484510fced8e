import { expect, test } from 'vitest';
import { encryptedResources } from './encrypted-resources.ts';
import { allResources } from './registry.ts';

function encrypts(...also: readonly string[]): (group: string, resource: string) => boolean {
  const encrypted = encryptedResources(allResources(), also);
  if (typeof encrypted === 'string') throw new Error(encrypted);
  return (group, resource) => encrypted({ group, resource });
}

test('Secrets are always encrypted, and what is named beside them', () => {
  expect(encrypts()('', 'secrets')).toBe(true);
  expect(encrypts()('', 'configmaps')).toBe(false);
  const more = encrypts('configmaps', 'deployments.apps');
  for (const [group, resource] of [
    ['', 'secrets'],
    ['', 'configmaps'],
    ['apps', 'deployments'],
  ] as const) {
    expect(more(group, resource), resource).toBe(true);
  }
});

test('what cannot be encrypted is refused in one sentence', () => {
  expect(encryptedResources(allResources(), ['deployments'])).toContain('there is no resource "deployments"');
  expect(encryptedResources(allResources(), ['leases.coordination.k8s.io'])).toContain('last value only');
  expect(encryptedResources(allResources(), ['pods'])).toContain('pods cannot be encrypted');
});
