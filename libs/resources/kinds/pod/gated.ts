import type { FieldError } from '../../field-error.ts';
import type { NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, index, invalid } from '../../validation/field.ts';
import { goJson, goStructure } from '../../validation/go-syntax.ts';
import type { GivenMap } from '../../validation/labels.ts';
import { equal } from '../strategy.ts';

/* A pod that is held back by gates may still be aimed better: at fewer nodes than before, never at others. */

export function validateGatedSelector(now: GivenMap = {}, before: GivenMap = {}): readonly FieldError[] {
  if (Object.entries(before).every(([name, value]) => now[name] === value)) return [];
  const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
  return [invalid('spec.nodeSelector', goJson(now), detail)];
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const TERMS = child('spec.affinity.nodeAffinity', REQUIRED, 'nodeSelectorTerms');

export function validateGatedAffinity(
  now: Given<NodeAffinity> | undefined,
  before: Given<NodeAffinity> | undefined,
): readonly FieldError[] {
  const old = before?.[REQUIRED]?.nodeSelectorTerms ?? [];
  const terms = now?.[REQUIRED]?.nodeSelectorTerms ?? [];
  if (old.length === 0 || equal(now, before)) return [];
  if (old.length !== terms.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    return [invalid(TERMS, goStructure(terms.map(goTerm)), detail)];
  }
  return old.flatMap((term, at) => {
    const current = terms[at] ?? {};
    if (hasOnlyAdditions(current, term)) return [];
    const detail = 'only additions are allowed (no mutations or deletions)';
    return [invalid(index(TERMS, at), goStructure(goTerm(current)), detail)];
  });
}

/** A term that asks for nothing selects no node, so anything added to it would select more. */
function hasOnlyAdditions(now: Given<NodeSelectorTerm>, before: Given<NodeSelectorTerm>): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const;
  const isEmpty = (term: Given<NodeSelectorTerm>): boolean => lists.every((list) => (term[list] ?? []).length === 0);
  if (isEmpty(before) && !isEmpty(now)) return false;
  return lists.every((list) => {
    const old = before[list] ?? [];
    return equal((now[list] ?? []).slice(0, old.length), old);
  });
}

function goTerm({ matchExpressions, matchFields }: Given<NodeSelectorTerm>): Readonly<Record<string, unknown>> {
  return { MatchExpressions: matchExpressions?.map(goRequirement), MatchFields: matchFields?.map(goRequirement) };
}

function goRequirement(one: Given<NodeSelectorRequirement>): Readonly<Record<string, unknown>> {
  return { Key: one.key ?? '', Operator: one.operator ?? '', Values: one.values };
}
