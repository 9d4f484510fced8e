import { expect, test } from 'vitest';
import { feedEvent, podEvent } from './feed.suite.ts';
import { everything, interestIn } from './interest.ts';
import { routeOf } from './route.ts';
import { nodePodsFilter } from './subject.ts';

const mine = podEvent('p', 'node-1.example');
const theirs = podEvent('p', 'node-2');
const unbound = podEvent('p');
const role = feedEvent({ group: 'rbac.authorization.k8s.io', resource: 'clusterroles', namespace: '', name: 'r' });

test('the pods of a followed node are of interest, and no others', () => {
  const interest = interestIn([nodePodsFilter('node-1.example')]);
  expect(interest.subjectFor(mine)).toBe(routeOf(mine));
  expect([theirs, unbound, role, feedEvent()].map(interest.subjectFor)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  interest.add([nodePodsFilter('node-2')]);
  expect(interest.subjectFor(theirs)).toBe(routeOf(theirs));
});

test.each([
  ['feed.core.pods.>', [mine, theirs, unbound], [role]],
  ['feed.core.pods.*.*.*', [mine, theirs, unbound], [role]],
  ['feed.core.pods.default.>', [mine, theirs, unbound], [role]],
  ['feed.rbac=2Eauthorization=2Ek8s=2Eio.clusterroles.>', [role], [mine, unbound]],
  ['feed.*.clusterroles.>', [role, mine], []],
  ['feed.>', [role, mine, unbound], []],
  ['feed-relist', [], [role, mine, unbound]],
])('the filter %s lets through whatever it could mean', (filter, followed, unfollowed) => {
  const interest = interestIn([filter]);
  expect(followed.map(interest.subjectFor)).toEqual(followed.map(routeOf));
  expect(unfollowed.map(interest.subjectFor)).toEqual(unfollowed.map(() => undefined));
});

test('as long as it is not known who follows, everything is of interest', () => {
  expect([mine, role].map(everything.subjectFor)).toEqual([mine, role].map(routeOf));
});
