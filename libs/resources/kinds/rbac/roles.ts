import type { FieldError } from '../../field-error.ts';
import type { ClusterRole, PolicyRule, Role } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import type { JsonValue } from '../../json.ts';
import { pathSegment } from '../../syntax/names.ts';
import { child, index, invalid, type Path, required } from '../../validation/field.ts';
import { goStrings } from '../../validation/go-syntax.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import { NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';

function validateRule(rule: Given<PolicyRule>, namespaced: boolean, path: Path): readonly FieldError[] {
  const { verbs = [], nonResourceURLs = [], apiGroups = [], resources = [], resourceNames = [] } = rule;
  const errors: FieldError[] = [];
  if (verbs.length === 0) errors.push(required(child(path, 'verbs'), 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0) {
    const urls = child(path, 'nonResourceURLs');
    if (namespaced) {
      errors.push(invalid(urls, goStrings(nonResourceURLs), 'namespaced rules cannot apply to non-resource URLs'));
    }
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      const detail = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalid(urls, goStrings(nonResourceURLs), detail));
    }
    return errors;
  }
  if (apiGroups.length === 0) {
    errors.push(required(child(path, 'apiGroups'), 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    errors.push(required(child(path, 'resources'), 'resource rules must supply at least one resource'));
  }
  return errors;
}

function validateRules(rules: readonly Given<PolicyRule>[] | undefined, namespaced: boolean): readonly FieldError[] {
  return (rules ?? []).flatMap((rule, at) => validateRule(rule, namespaced, index('rules', at)));
}

/** Kubernetes writes a role without rules as `rules: null`. */
function nullRules(role: { rules?: unknown }): void {
  if (role.rules === undefined) role.rules = null satisfies JsonValue;
}

export const roleColumns = [NAME, narrow('Created At', 'When it was created', 'date')] as const;

export const roleRules = rulesOf<Role>({
  metadata: { namespaced: true, name: pathSegment },
  defaults: nullRules,
  validate: (role) => validateRules(role.rules ?? [], true),
  cells: ({ metadata }) => [metadata?.name ?? '', metadata?.creationTimestamp ?? null],
});

export const clusterRoleRules = rulesOf<ClusterRole>({
  metadata: { namespaced: false, name: pathSegment },
  defaults: nullRules,
  validate: (role) => [...validateRules(role.rules ?? [], false), ...validateAggregation(role.aggregationRule)],
  cells: ({ metadata }) => [metadata?.name ?? '', metadata?.creationTimestamp ?? null],
});

function validateAggregation(rule: Given<ClusterRole>['aggregationRule']): readonly FieldError[] {
  if (rule === undefined) return [];
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = rule.clusterRoleSelectors ?? [];
  if (selectors.length === 0)
    return [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  return selectors.flatMap((selector, at) => {
    const here = index(path, at);
    const errors = validateLabelSelector(selector, here);
    return errors.length === 0 ? [] : [...errors, invalid(here, null, 'invalid label selector.')];
  });
}
