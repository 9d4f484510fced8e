import type { FieldError } from '../../field-error.ts';
import type { MatchResources, NamedRuleWithOperations } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { pathSegment } from '../../syntax/names.ts';
import { child, duplicate, index, invalids, notSupported, type Path, required } from '../../validation/field.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import { validateAdmissionRule } from '../webhookconfiguration/admission-rules.ts';

const POLICIES: readonly string[] = ['Equivalent', 'Exact'];

/** Which requests a policy or a binding is about, where it says so. In place. */
export function defaultMatchResources(resources: Draft<MatchResources> | undefined): void {
  if (resources === undefined) return;
  resources.matchPolicy ??= 'Equivalent';
  resources.namespaceSelector ??= {};
  resources.objectSelector ??= {};
  for (const rule of [...(resources.resourceRules ?? []), ...(resources.excludeResourceRules ?? [])]) {
    rule.scope ??= '*';
  }
}

export function validateMatchResources(
  resources: Given<MatchResources> | undefined,
  path: Path,
): readonly FieldError[] {
  if (resources === undefined) return [];
  const { matchPolicy } = resources;
  const errors: FieldError[] = [];
  if (matchPolicy === undefined) errors.push(required(child(path, 'matchPolicy')));
  else if (!POLICIES.includes(matchPolicy)) {
    errors.push(notSupported(child(path, 'matchPolicy'), matchPolicy, POLICIES));
  }
  for (const field of ['namespaceSelector', 'objectSelector'] as const) {
    if (resources[field] === undefined) errors.push(required(child(path, field)));
    errors.push(...validateLabelSelector(resources[field], child(path, field)));
  }
  for (const field of ['resourceRules', 'excludeResourceRules'] as const) {
    errors.push(...(resources[field] ?? []).flatMap((rule, at) => validateRule(rule, index(child(path, field), at))));
  }
  return errors;
}

/** What a policy needs: without a rule nobody could tell the types of what its expressions are about. */
export function validateConstraints(constraints: Given<MatchResources> | undefined, path: Path): readonly FieldError[] {
  if (constraints === undefined) return [required(path)];
  const lacksRules = (constraints.resourceRules ?? []).length === 0;
  return [
    ...validateMatchResources(constraints, path),
    ...(lacksRules ? [required(child(path, 'resourceRules'))] : []),
  ];
}

function validateRule(rule: Given<NamedRuleWithOperations>, path: Path): readonly FieldError[] {
  const names = rule.resourceNames ?? [];
  return [
    ...names.flatMap((name, at) => {
      const here = index(child(path, 'resourceNames'), at);
      return [...invalids(here, name, pathSegment(name)), ...(names.indexOf(name) < at ? [duplicate(here, name)] : [])];
    }),
    ...validateAdmissionRule(rule, path),
  ];
}
