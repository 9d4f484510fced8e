import { expect, test } from 'vitest';
import { feedSubject } from './subject.ts';
import { podEvent } from './feed.suite.ts';
import { routeOf } from './route.ts';

test('a pod goes to its own node, and to no node while it is not bound, whatever its texts say', () => {
  const bound = podEvent('a', 'node-1');
  expect(routeOf(bound)).toBe(feedSubject(bound, 'node-1'));
  const unbound = podEvent('b');
  expect(routeOf(unbound)).toBe(feedSubject(unbound, ''));
  const said = {
    metadata: { name: 'c', annotations: { note: '"nodeName":"node-2"' }, labels: { nodeName: 'node-3' } },
  };
  const misleading = podEvent('c', undefined, { object: Buffer.from(JSON.stringify({ ...said, spec: {} })) });
  expect(routeOf(misleading)).toBe(feedSubject(misleading, ''));
});
