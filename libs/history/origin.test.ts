import { expect, test } from 'vitest';
import { revision } from '@taffrail/platform/brand';
import { originInWords, originOf } from './origin.ts';

const by = (user: string, correlation: string) => ({
  actor: { user, groups: [], userAgent: '', address: '', fieldManager: '' },
  cause: { correlation, traceparent: '' },
});

test('a chain begins with a user, a timer, a report of a node or the start of a component', () => {
  const words = [
    by('alice', 'c'),
    by('system:serviceaccount:shop:operator', 'c'),
    by('system:kube-controller-manager', 'timer:deployment-controller:c'),
    by('system:node:n1', 'report:n1:c'),
    by('system:apiserver', 'start:api:c'),
  ].map((event) => originInWords(originOf(event)));
  expect(words).toEqual([
    'alice',
    'system:serviceaccount:shop:operator',
    'a timer of deployment-controller',
    'a report of node n1',
    'the start of api',
  ]);
});

test('whoever acts in the name of another began the chain, in the name of a component too', () => {
  const lent = by('system:kube-scheduler', 'c');
  expect(originOf({ ...lent, actor: { ...lent.actor, impersonator: 'root' } })).toEqual({ type: 'user', name: 'root' });
});

test('a component that does not say what made it act has no origin, nor has what has a cause', () => {
  expect(originOf(by('system:kube-scheduler', 'c')).type).toBe('unknown');
  expect(originOf(by('system:kube-scheduler', 'later:x:c')).type).toBe('unknown');
  const caused = by('alice', 'c');
  expect(originOf({ ...caused, cause: { ...caused.cause, revision: revision(1024) } }).type).toBe('unknown');
});

test('a user cannot pass for a timer', () => {
  expect(originOf(by('mallory', 'timer:x:c'))).toEqual({ type: 'user', name: 'mallory' });
});
