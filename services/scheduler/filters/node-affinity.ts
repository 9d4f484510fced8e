import { mapMatches } from '@taffrail/controller/label-selector';
import type { NodeSelectorRequirement, NodeSelectorTerm } from '@taffrail/resources/generated/types';
import type { NodeSnapshot } from '../snapshot.ts';
import { FITS, type Filter } from './filter.ts';

/** nodeSelector and required node affinity. */
export const nodeAffinity: Filter = Object.freeze<Filter>({
  name: 'NodeAffinity',
  refusals(pod, node) {
    const selected = mapMatches(pod.spec?.nodeSelector, node.node.metadata.labels);
    const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    const wanted = terms === undefined || terms.some((term) => termMatches(term, node));
    return selected && wanted ? FITS : ["node(s) didn't match Pod's node affinity/selector"];
  },
});

/** Whether a node satisfies a term: all its expressions and fields. An empty term matches nothing. */
export function termMatches(term: NodeSelectorTerm, node: NodeSnapshot): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  return (
    expressions.every((requirement) => holds(requirement, node.node.metadata.labels?.[requirement.key])) &&
    fields.every((requirement) => holds(requirement, requirement.key === 'metadata.name' ? node.name : undefined))
  );
}

function holds(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt':
      return compares(requirement.operator, value, values[0]);
    default:
      return false; // validation lets no other operator in
  }
}

function compares(operator: 'Gt' | 'Lt', value: string | undefined, bound: string | undefined): boolean {
  if (value === undefined || bound === undefined || !/^-?\d+$/.test(value) || !/^-?\d+$/.test(bound)) return false;
  return operator === 'Gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}
