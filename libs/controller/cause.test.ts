import { expect, test } from 'vitest';
import { seededRandom } from '@taffrail/platform/random';
import { causedBy, timerCause } from './cause.ts';

const object = (resourceVersion?: string) => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'n1', ...(resourceVersion === undefined ? {} : { resourceVersion }) },
});

test('an object is a cause at the revision it stands at', () => {
  expect(causedBy({ group: '', version: 'v1', resource: 'pods' }, object('4096'))).toEqual({ revision: 4096 });
  expect(causedBy({ group: '', version: 'v1', resource: 'pods' }, object())).toEqual({});
});

test('a Lease, whose revisions are of another log, is a report of its holder', () => {
  const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
  expect(causedBy(leases, object('7'))).toEqual({ correlation: 'report:n1:7' });
});

test('a timer opens a chain of its own each time', () => {
  const random = seededRandom(1);
  const [first, second] = [timerCause('x', random), timerCause('x', random)];
  expect(first.correlation).toMatch(/^timer:x:[\w-]{36}$/);
  expect(second.correlation).not.toBe(first.correlation);
  expect(first).not.toHaveProperty('revision');
});
