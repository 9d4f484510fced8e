import { expect, test } from 'vitest';
import type { Pod, PodDisruptionBudget } from '@taffrail/resources/generated/types';
import { pod, snapshot, type GivenNode, type GivenPod } from './given-fixture.ts';
import { mayPreempt, preempt } from './preempt.ts';

/** `node: victims`, or nothing. */
function preemption(
  one: GivenPod,
  nodes: readonly GivenNode[],
  placed: readonly GivenPod[],
  budgets: readonly PodDisruptionBudget[] = [],
): string {
  const found = preempt(pod(one), { snapshot: snapshot(nodes, placed), budgets, labelsOf: () => undefined });
  return found === undefined ? '' : `${found.node}: ${found.victims.map(({ metadata }) => metadata.name).join(' ')}`;
}

const important: GivenPod = { name: 'important', cpu: '2', spec: { priority: 100 } };
const low = (name: string, node: string, priority: number, more: Partial<GivenPod> = {}): GivenPod => ({
  name,
  node,
  cpu: '1',
  ...more,
  spec: { priority, ...more.spec },
});

function budget(disruptionsAllowed: number, labels: Readonly<Record<string, string>>): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'b', namespace: 'ns' },
    spec: { selector: { matchLabels: labels } },
    status: { currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed, expectedPods: 1 },
  };
}

test('no more pods go than make room, and the least important of them', () => {
  const placed = [low('a', 'n', 3), low('b', 'n', 1), low('c', 'n', 2), low('d', 'n', 4)];
  expect(preemption(important, [{ name: 'n', cpu: '4' }], placed)).toBe('n: c b');
  expect(preemption({ ...important, cpu: '1' }, [{ name: 'n', cpu: '4' }], placed)).toBe('n: b');
});

test('pods no less important stay, and so does everyone where it would not help', () => {
  const equal = [low('a', 'n', 100), low('b', 'n', 100)];
  expect(preemption(important, [{ name: 'n', cpu: '2' }], equal)).toBe('');
  expect(preemption({ ...important, cpu: '5' }, [{ name: 'n', cpu: '4' }], [low('a', 'n', 1)])).toBe('');
  const elsewhere: GivenPod = { ...important, spec: { priority: 100, nodeSelector: { disk: 'ssd' } } };
  expect(preemption(elsewhere, [{ name: 'n', cpu: '2' }], [low('a', 'n', 1)])).toBe('');
});

test('of several nodes the one where least harm is done', () => {
  const nodes = [
    { name: 'm', cpu: '2' },
    { name: 'n', cpu: '2' },
  ];
  const both = (first: GivenPod[], second: GivenPod[]): string => preemption(important, nodes, [...first, ...second]);
  expect(both([low('a', 'm', 5, { cpu: '2' })], [low('b', 'n', 4, { cpu: '2' })])).toBe('n: b');
  expect(both([low('a', 'm', 5), low('b', 'm', 4)], [low('c', 'n', 5, { cpu: '2' })])).toBe('n: c');
  expect(both([low('a', 'm', 5, { cpu: '2' })], [low('b', 'n', 5, { cpu: '2' })])).toBe('m: a');
});

test('a pod that a budget protects is spared where another may go, and goes where none else may', () => {
  const labels = { app: 'kept' };
  const placed = [low('a', 'n', 1, { labels }), low('b', 'n', 5)];
  const nodes = [{ name: 'n', cpu: '2' }];
  const small: GivenPod = { ...important, cpu: '1' };
  expect(preemption(small, nodes, placed)).toBe('n: a');
  expect(preemption(small, nodes, placed, [budget(0, labels)])).toBe('n: b');
  expect(preemption(small, nodes, placed, [budget(1, labels)])).toBe('n: a');
  expect(preemption(important, nodes, placed, [budget(0, labels)])).toBe('n: b a');
});

test('a pod that never preempts does not, nor one for which others are going already', () => {
  const ending: Pod = { ...pod(low('a', 'n', 1)), metadata: { name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const { nodes } = snapshot([{ name: 'n', cpu: '1' }]);
  const going = { nodes: nodes.map((node) => ({ ...node, pods: [ending] })) };
  expect(mayPreempt(pod(important), going, undefined)).toBe(true);
  expect(mayPreempt(pod(important), going, 'n')).toBe(false);
  const never: GivenPod = { ...important, spec: { priority: 100, preemptionPolicy: 'Never' } };
  expect(mayPreempt(pod(never), going, undefined)).toBe(false);
});
