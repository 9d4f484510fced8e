import type { FieldError } from '../../field-error.ts';
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { labelValue, qualifiedName } from '../../syntax/labels.ts';
import { dns1123Label, dns1123Subdomain } from '../../syntax/names.ts';
import { child, forbidden, index, invalid, invalids, type Path, required } from '../field.ts';
import { EMPTY } from '../phrases.ts';
import { validateLabelSelector } from '../selector.ts';
import { validateLabelKeys } from './match-label-keys.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

export function validateAffinity(affinity: Given<Affinity> | undefined, path: Path): readonly FieldError[] {
  if (affinity === undefined) return [];
  const node = affinity.nodeAffinity;
  const errors: FieldError[] = [];
  const nodePath = child(path, 'nodeAffinity');
  if (node?.[REQUIRED] !== undefined) errors.push(...validateNodeSelector(node[REQUIRED], child(nodePath, REQUIRED)));
  for (const [at, term] of (node?.[PREFERRED] ?? []).entries()) {
    const here = index(child(nodePath, PREFERRED), at);
    errors.push(...validateWeight(term.weight, here));
    errors.push(...validateTerm(term.preference ?? {}, false, child(here, 'preference')));
  }
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    errors.push(...validatePodAffinity(affinity[kind], child(path, kind)));
  }
  return errors;
}

function validateWeight(weight = 0, path: Path): readonly FieldError[] {
  return weight >= 1 && weight <= 100 ? [] : [invalid(child(path, 'weight'), weight, 'must be in the range 1-100')];
}

/** A selector of nodes: at least one term. */
export function validateNodeSelector(selector: Given<NodeSelector>, path: Path): readonly FieldError[] {
  const terms = selector.nodeSelectorTerms ?? [];
  const here = child(path, 'nodeSelectorTerms');
  if (terms.length === 0) return [required(here, 'must have at least one node selector term')];
  return terms.flatMap((term, at) => validateTerm(term, true, index(here, at)));
}

function validateTerm(term: Given<NodeSelectorTerm>, checkValues: boolean, path: Path): readonly FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((one, at) =>
      validateExpression(one, checkValues, index(child(path, 'matchExpressions'), at)),
    ),
    ...(term.matchFields ?? []).flatMap((one, at) => validateFieldMatch(one, index(child(path, 'matchFields'), at))),
  ];
}

function validateExpression(
  one: Given<NodeSelectorRequirement>,
  checkValues: boolean,
  path: Path,
): readonly FieldError[] {
  const { key = '', operator = '', values = [] } = one;
  const list = child(path, 'values');
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.push(required(list, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      errors.push(forbidden(list, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1)
      errors.push(required(list, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  } else errors.push(invalid(child(path, 'operator'), operator, 'not a valid selector operator'));
  errors.push(...invalids(child(path, 'key'), key, qualifiedName(key)));
  if (!checkValues) return errors;
  return [...errors, ...values.flatMap((value, at) => invalids(index(list, at), value, labelValue(value)))];
}

function validateFieldMatch(one: Given<NodeSelectorRequirement>, path: Path): readonly FieldError[] {
  const { key = '', operator = '', values = [] } = one;
  const list = child(path, 'values');
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(child(path, 'operator'), operator, 'not a valid selector operator'));
  } else if (values.length !== 1) {
    errors.push(required(list, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  }
  if (key !== 'metadata.name') return [...errors, invalid(child(path, 'key'), key, 'not a valid field selector key')];
  return [...errors, ...values.flatMap((value, at) => invalids(index(list, at), value, dns1123Subdomain(value)))];
}

function validatePodAffinity(affinity: Given<PodAffinity> | undefined, path: Path): readonly FieldError[] {
  return [
    ...(affinity?.[REQUIRED] ?? []).flatMap((term, at) => validatePodTerm(term, index(child(path, REQUIRED), at))),
    ...(affinity?.[PREFERRED] ?? []).flatMap(({ weight, podAffinityTerm = {} }, at) => {
      const here = index(child(path, PREFERRED), at);
      return [...validateWeight(weight, here), ...validatePodTerm(podAffinityTerm, child(here, 'podAffinityTerm'))];
    }),
  ];
}

function validatePodTerm(term: Given<PodAffinityTerm>, path: Path): readonly FieldError[] {
  const topologyKey = term.topologyKey ?? '';
  const here = child(path, 'topologyKey');
  return [
    ...validateLabelSelector(term.labelSelector, child(path, 'labelSelector')),
    ...validateLabelSelector(term.namespaceSelector, child(path, 'namespaceSelector')),
    ...(term.namespaces ?? []).flatMap((name) => invalids(child(path, 'namespace'), name, dns1123Label(name))),
    ...validateLabelKeys(term, path),
    ...(topologyKey === '' ? [required(here, EMPTY)] : []),
    ...invalids(here, topologyKey, qualifiedName(topologyKey)),
  ];
}
