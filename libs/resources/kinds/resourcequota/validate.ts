import type { FieldError } from '../../field-error.ts';
import type { ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { child, invalid, key, type Path, required } from '../../validation/field.ts';
import { goStrings, goStructure } from '../../validation/go-syntax.ts';
import type { GivenMap } from '../../validation/labels.ts';
import { FIELD_IMMUTABLE } from '../../validation/metadata.ts';
import { NEGATIVE, NOT_INTEGER } from '../../validation/phrases.ts';
import { isCountedWhole } from '../../validation/pod/resource-names.ts';

/** Resources of a quota that are counted, in whole numbers. */
const COUNTED: ReadonlySet<string> = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
  'services.loadbalancers',
  'services.nodeports',
]);

/** Resources of a quota that are measured. */
const MEASURED: ReadonlySet<string> = new Set([
  'cpu',
  'ephemeral-storage',
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
  'requests.storage',
]);

/** A name without a domain that a quota may bound. */
function isStandard(name: string): boolean {
  const huge = /^(?:requests\.)?hugepages-/.test(name);
  return COUNTED.has(name) || MEASURED.has(name) || huge;
}

/** A resource's name as a fault shows it: as it is, without quotes. */
function bare(name: string): { readonly goSyntax: string } {
  return { goSyntax: name };
}

/** The bounds or the usage of a quota. */
export function validateQuotaList(list: GivenMap | undefined, path: Path): readonly FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, text = '']) => {
    const here = key(path, name);
    const nanos = parseQuantity(text)?.nanos ?? 0n;
    const errors = [...validateName(name, here)];
    if (nanos < 0n) errors.push(invalid(here, text, NEGATIVE));
    if (isCountedWhole(name) && nanos % 1_000_000_000n !== 0n) errors.push(invalid(here, text, NOT_INTEGER));
    return errors;
  });
}

function validateName(name: string, path: Path): readonly FieldError[] {
  const shown = bare(name);
  const faults = qualifiedName(name).map((fault) => invalid(path, shown, fault));
  if (name.includes('/') || isStandard(name)) return faults;
  const isForQuotas = invalid(path, shown, 'must be a standard resource for quota');
  // Storage is a resource, of claims, and no quota bounds it by that name.
  if (faults.length > 0 || name === 'storage') return [...faults, isForQuotas];
  return [invalid(path, shown, 'must be a standard resource type or fully qualified'), isForQuotas];
}

/** Pairs of scopes no pod can be in at once. */
const CONFLICTS: readonly (readonly [string, string])[] = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];

const PODS: readonly string[] = ['pods'];
const PODS_AND_NEEDS: readonly string[] = [
  'pods',
  'cpu',
  'memory',
  'limits.cpu',
  'limits.memory',
  'requests.cpu',
  'requests.memory',
];
const CLAIMS: readonly string[] = ['persistentvolumeclaims', 'requests.storage'];

/** The scopes there are, and what a quota with each of them may bound. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  BestEffort: PODS,
  CrossNamespacePodAffinity: PODS_AND_NEEDS,
  NotBestEffort: PODS_AND_NEEDS,
  NotTerminating: PODS_AND_NEEDS,
  PriorityClass: PODS_AND_NEEDS,
  Terminating: PODS_AND_NEEDS,
  VolumeAttributesClass: CLAIMS,
};

/** What a scope counts; undefined for one that there is not, whatever it is called. */
const scopeOf = (name: string): readonly string[] | undefined =>
  Object.hasOwn(SCOPES, name) ? SCOPES[name] : undefined;

export function validateResourceQuota({ spec = {} }: Given<ResourceQuota>): readonly FieldError[] {
  return [...validateQuotaList(spec.hard, 'spec.hard'), ...validateScopes(spec), ...validateSelector(spec)];
}

/** The scopes a quota was made with stay. */
export function validateQuotaUpdate(next: Given<ResourceQuota>, previous: Given<ResourceQuota>): readonly FieldError[] {
  const [now, before] = [new Set(next.spec?.scopes), new Set(previous.spec?.scopes)];
  return now.symmetricDifference(before).size === 0
    ? []
    : [invalid('spec.scopes', goScopes(next.spec?.scopes), FIELD_IMMUTABLE)];
}

function goScopes(scopes: readonly string[] | undefined): { readonly goSyntax: string } {
  return { goSyntax: goStrings(scopes).goSyntax.replace('[]string', '[]core.ResourceQuotaScope') };
}

/** How many of the bounds do not go with a scope. */
function misplaced(scope: string, { hard = {} }: Given<ResourceQuotaSpec>): readonly string[] {
  const allowed = scopeOf(scope);
  return Object.keys(hard).filter((name) => allowed !== undefined && isStandard(name) && !allowed.includes(name));
}

function conflicting(scopes: readonly string[]): readonly unknown[] {
  return CONFLICTS.filter((pair) => pair.every((scope) => scopes.includes(scope)));
}

function validateScopes(spec: Given<ResourceQuotaSpec>): readonly FieldError[] {
  const path = 'spec.scopes';
  const scopes = spec.scopes ?? [];
  const fault = (detail: string): FieldError => invalid(path, goScopes(scopes), detail);
  return [
    ...scopes.flatMap((scope) => [
      ...(scopeOf(scope) === undefined ? [fault('unsupported scope')] : []),
      ...misplaced(scope, spec).map(() => fault('unsupported scope applied to resource')),
    ]),
    ...conflicting(scopes).map(() => fault('conflicting scopes')),
  ];
}

/** Kubernetes does not say which of the expressions it means. */
function validateSelector(spec: Given<ResourceQuotaSpec>): readonly FieldError[] {
  const path = 'spec.scopeSelector.matchExpressions';
  const expressions = spec.scopeSelector?.matchExpressions ?? [];
  return [
    ...expressions.flatMap((one) => {
      const { scopeName = '' } = one;
      return [
        ...(scopeOf(scopeName) === undefined
          ? [invalid(child(path, 'scopeName'), scopeName, 'unsupported scope')]
          : []),
        ...misplaced(scopeName, spec).map(() =>
          invalid(path, goSelector(expressions), 'unsupported scope applied to resource'),
        ),
        ...validateOperator(one, path),
      ];
    }),
    ...conflicting(expressions.map(({ scopeName = '' }) => scopeName)).map(() =>
      invalid(path, goScopes(spec.scopes), 'conflicting scopes'),
    ),
  ];
}

function goSelector(expressions: readonly Given<ScopedResourceSelectorRequirement>[]): { readonly goSyntax: string } {
  return goStructure({
    MatchExpressions: expressions.map(({ scopeName = '', operator = '', values = null }) => ({
      ScopeName: scopeName,
      Operator: operator,
      Values: values,
    })),
  });
}

const NAMED: readonly string[] = ['PriorityClass', 'VolumeAttributesClass'];

function validateOperator(one: Given<ScopedResourceSelectorRequirement>, path: Path): readonly FieldError[] {
  const { scopeName = '', operator = '', values = [] } = one;
  const errors: FieldError[] = [];
  if (scopeOf(scopeName) !== undefined && !NAMED.includes(scopeName) && operator !== 'Exists') {
    const detail =
      "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    errors.push(invalid(child(path, 'operator'), operator, detail));
  }
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        const detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
        errors.push(required(child(path, 'values'), detail));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
        errors.push(invalid(child(path, 'values'), goStrings(values), detail));
      }
      break;
    default:
      errors.push(invalid(child(path, 'operator'), operator, 'not a valid selector operator'));
  }
  return errors;
}
