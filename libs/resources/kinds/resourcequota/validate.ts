import type { FieldError } from '../../field-error.ts';
import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { child, index, invalid, key, notSupported, type Path, required } from '../../validation/field.ts';
import { goStrings } from '../../validation/go-syntax.ts';
import type { GivenMap } from '../../validation/labels.ts';
import { NEGATIVE, NOT_INTEGER } from '../../validation/phrases.ts';

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
    const errors = qualifiedName(name).map((fault) => invalid(here, bare(name), fault));
    if (!name.includes('/') && !isStandard(name)) {
      errors.push(invalid(here, bare(name), 'must be a standard resource for quota'));
    }
    const nanos = parseQuantity(text)?.nanos ?? 0n;
    if (nanos < 0n) errors.push(invalid(here, text, NEGATIVE));
    if (COUNTED.has(name) && nanos % 1_000_000_000n !== 0n) errors.push(invalid(here, text, NOT_INTEGER));
    return errors;
  });
}

const SCOPES: readonly string[] = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
];
/** Pairs of scopes no pod can be in at once. */
const CONFLICTS: readonly (readonly [string, string])[] = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];

export function validateResourceQuota({ spec = {} }: Given<ResourceQuota>): readonly FieldError[] {
  return [
    ...validateQuotaList(spec.hard, 'spec.hard'),
    ...validateScopes(spec.scopes ?? []),
    ...(spec.scopeSelector?.matchExpressions ?? []).flatMap((one, at) =>
      validateScopeExpression(one, index('spec.scopeSelector.matchExpressions', at)),
    ),
  ];
}

function validateScopes(scopes: readonly string[]): readonly FieldError[] {
  const path = 'spec.scopes';
  const shown = goStrings(scopes);
  const unknown = scopes.filter((scope) => !SCOPES.includes(scope));
  const conflicting = CONFLICTS.filter((pair) => pair.every((scope) => scopes.includes(scope)));
  return [
    ...unknown.map(() => invalid(path, shown, 'unsupported scope')),
    ...conflicting.map(() => invalid(path, shown, 'conflicting scopes')),
  ];
}

function validateScopeExpression(one: Given<ScopedResourceSelectorRequirement>, path: Path): readonly FieldError[] {
  const { scopeName = '', operator = '', values = [] } = one;
  const errors: FieldError[] = [];
  if (!SCOPES.includes(scopeName)) errors.push(invalid(child(path, 'scopeName'), scopeName, 'unsupported scope'));
  const existsOnly = scopeName !== 'PriorityClass' && scopeName !== 'VolumeAttributesClass';
  if (existsOnly && operator !== 'Exists') {
    const detail =
      "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
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
      errors.push(notSupported(child(path, 'operator'), operator, ['DoesNotExist', 'Exists', 'In', 'NotIn']));
  }
  return errors;
}
