import { expect, test } from 'vitest';
import type { ChangedReference } from '@taffrail/history/change-entry';
import { planLines, type UndoAnswer } from './undo.ts';

const about = (name: string, namespace = 'shop'): ChangedReference => ({
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespace,
  name,
});
const answer = (changes: Partial<UndoAnswer>): UndoAnswer => ({
  metadata: {},
  to: '4096',
  plan: 'digest',
  done: false,
  actions: [],
  left: [],
  conflicts: [],
  ...changes,
});
const action = (name: string, namespace?: string): UndoAnswer['actions'][number] => ({
  action: 'update',
  about: about(name, namespace),
  changes: [],
  summary: 'replicas 5 → 3',
});

test('a plan tells each object, what is left to others, and what stands in the way', () => {
  const left = ['a', 'b', 'c', 'd'].map((name) => ({
    about: about(name),
    why: `left to Service ${name}, which controls it`,
  }));
  const conflicts = [{ about: about('web'), why: 'data.a was changed later', overridable: true }];
  const plan = answer({ actions: [action('web')], left, conflicts });
  expect(planLines(plan, true)).toEqual([
    'back to revision 4096, in one transaction:',
    '  ~ deployment.apps/web  replicas 5 → 3',
    '    deployment.apps/a, deployment.apps/b, deployment.apps/c and 1 more: left to the Service that controls it',
    '  ! deployment.apps/web  data.a was changed later (undone all the same)',
  ]);
});

test('namespaces are told where there are several, and an empty plan says so', () => {
  expect(planLines(answer({ actions: [action('a', 'x'), action('b', 'y')] }), false)[1]).toBe(
    '  ~ x deployment.apps/a  replicas 5 → 3',
  );
  expect(planLines(answer({}), false)).toEqual(['nothing is to be undone: everything is as it was at 4096']);
});
