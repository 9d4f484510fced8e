import type { NodeSelectorTerm, PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { labelValue } from '../../syntax/labels.ts';
import { child, index, key, type Path } from '../../validation/field.ts';
import { deprecatedNodeLabel, oldNodeLabel } from '../node-labels.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const NULL_SELECTOR = 'a null labelSelector results in matching no pod';

/** Labels of nodes that are not used any more, where nodes are chosen. */
export function selectorWarnings(spec: Given<PodSpec>, path: Path): readonly string[] {
  const warnings = Object.keys(spec.nodeSelector ?? {}).flatMap((label) =>
    oldNodeLabel(label, key(child(path, 'nodeSelector'), label)),
  );
  const affinity = spec.affinity?.nodeAffinity;
  if (affinity === undefined) return warnings;
  const here = child(path, 'affinity', 'nodeAffinity');
  const terms = child(here, REQUIRED, 'nodeSelectorTerms');
  return [
    ...warnings,
    ...(affinity[REQUIRED]?.nodeSelectorTerms ?? []).flatMap((term, at) => termWarnings(term, false, index(terms, at))),
    // What is only preferred may hold values that are no labels: such a term matches nothing.
    ...(affinity[PREFERRED] ?? []).flatMap(({ preference = {} }, at) =>
      termWarnings(preference, true, child(index(child(here, PREFERRED), at), 'preference')),
    ),
  ];
}

function termWarnings(term: Given<NodeSelectorTerm>, checkValues: boolean, path: Path): readonly string[] {
  return (term.matchExpressions ?? []).flatMap(({ key: label = '', values = [] }, at) => {
    const here = index(child(path, 'matchExpressions'), at);
    const why = deprecatedNodeLabel(label);
    const warnings = why === undefined ? [] : [`${child(here, 'key')}: ${label} is ${why}`];
    if (!checkValues) return warnings;
    const faults = values.flatMap((value, valueAt) =>
      labelValue(value).map((fault) => `${index(child(here, 'values'), valueAt)}: ${value} is invalid, ${fault}`),
    );
    return [...warnings, ...faults];
  });
}

export function spreadWarnings(spec: Given<PodSpec>, path: Path): readonly string[] {
  return (spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey = '', labelSelector }, at) => {
    const here = index(child(path, 'topologySpreadConstraints'), at);
    const why = deprecatedNodeLabel(topologyKey);
    const warnings = why === undefined ? [] : [`${child(here, 'topologyKey')}: ${topologyKey} is ${why}`];
    return labelSelector === undefined ? [...warnings, `${child(here, 'labelSelector')}: ${NULL_SELECTOR}`] : warnings;
  });
}

/** Terms that can match no pod. */
export function affinityWarnings(spec: Given<PodSpec>, path: Path): readonly string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const here = child(path, kind);
    const required = (spec.affinity?.[kind]?.[REQUIRED] ?? []).map((term, at) => ({
      term,
      place: index(child(here, REQUIRED), at),
    }));
    const preferred = (spec.affinity?.[kind]?.[PREFERRED] ?? []).map((term, at) => ({
      term: term.podAffinityTerm,
      place: child(index(child(here, PREFERRED), at), 'podAffinityTerm'),
    }));
    return [...required, ...preferred]
      .filter(({ term }) => term?.labelSelector === undefined)
      .map(({ place }) => `${child(place, 'labelSelector')}: ${NULL_SELECTOR}`);
  });
}
