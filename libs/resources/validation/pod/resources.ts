import type { FieldError } from '../../field-error.ts';
import type { CoreResourceClaim, ResourceRequirements } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { compareQuantities, parseQuantity, type Quantity } from '../../syntax/quantity.ts';
import { dns1123Label } from '../../syntax/names.ts';
import { child, duplicate, forbidden, index, invalid, invalids, key, notFound, type Path, required } from '../field.ts';
import { NEGATIVE, NOT_INTEGER } from '../phrases.ts';
import {
  dividesIntoPages,
  isCountedWhole,
  isHugePages,
  isOvercommitable,
  validateContainerResourceName,
} from './resource-names.ts';

const NANOS_PER_UNIT = 1_000_000_000n;

/** An amount of a resource, wherever one is counted; `text` is in canonical form. */
export function validateAmount(name: string, text: string, quantity: Quantity, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (quantity.nanos < 0n) errors.push(invalid(path, text, NEGATIVE));
  if (isCountedWhole(name) && quantity.nanos % NANOS_PER_UNIT !== 0n) {
    errors.push(invalid(path, text, NOT_INTEGER));
  }
  return errors;
}

type ResourceNameRule = (name: string, path: Path) => readonly FieldError[];
type Amounts = Readonly<Record<string, string | undefined>>;

/** Requests and limits, by default those of a container; quantities have been canonicalised. */
export function validateResources(
  resources: Given<ResourceRequirements>,
  claimNames: ReadonlySet<string>,
  path: Path,
  nameRule: ResourceNameRule = validateContainerResourceName,
): readonly FieldError[] {
  const { limits, requests, claims } = resources;
  if (limits === undefined && requests === undefined && claims === undefined) return [];
  const errors: FieldError[] = [];
  for (const [name, text = ''] of Object.entries(limits ?? {})) {
    errors.push(...validateOne(name, text, nameRule, key(child(path, 'limits'), name)));
  }
  for (const [name, text = ''] of Object.entries(requests ?? {})) {
    const here = key(child(path, 'requests'), name);
    errors.push(...validateOne(name, text, nameRule, here, () => validateAgainstLimit(name, text, limits ?? {}, path)));
  }
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    errors.push(forbidden(path, 'HugePages require cpu or memory'));
  }
  errors.push(...validateClaims(claims ?? [], claimNames, child(path, 'claims')));
  return errors;
}

function validateOne(
  name: string,
  text: string,
  nameRule: ResourceNameRule,
  path: Path,
  against: () => readonly FieldError[] = () => [],
): readonly FieldError[] {
  const quantity = parseQuantity(text);
  const errors = [...nameRule(name, path)];
  if (quantity !== undefined) errors.push(...validateAmount(name, text, quantity, path));
  errors.push(...against());
  if (quantity !== undefined && isHugePages(name) && !dividesIntoPages(name, quantity)) {
    errors.push(invalid(path, text, `${text} is not positive integer multiple of ${name}`));
  }
  return errors;
}

function validateAgainstLimit(name: string, requestText: string, limits: Amounts, path: Path): readonly FieldError[] {
  const limitText = limits[name];
  const overcommit = isOvercommitable(name);
  if (limitText === undefined) {
    const detail = 'Limit must be set for non overcommitable resources';
    return overcommit ? [] : [required(child(path, 'limits'), detail)];
  }
  const request = parseQuantity(requestText);
  const limit = parseQuantity(limitText);
  if (request === undefined || limit === undefined) return [];
  const order = compareQuantities(request, limit);
  const here = child(path, 'requests');
  if (order !== 0 && !overcommit) return [invalid(here, requestText, `must be equal to ${name} limit of ${limitText}`)];
  return order > 0 ? [invalid(here, requestText, `must be less than or equal to ${name} limit of ${limitText}`)] : [];
}

/** Claims of the pod this container uses, whole or one request of them, none of them twice. */
function validateClaims(
  claims: readonly Given<CoreResourceClaim>[],
  claimNames: ReadonlySet<string>,
  path: Path,
): readonly FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap(({ name = '', request = '' }, at) => {
    const here = index(path, at);
    if (name === '') return [required(here)];
    const errors = seen.has(name) ? [duplicate(here, name)] : [...validateClaim(name, request, seen, here)];
    if (!claimNames.has(name)) errors.push(unknownClaim(name, claimNames, here));
    return errors;
  });
}

function validateClaim(name: string, request: string, seen: Set<string>, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  const identity = request === '' ? name : `${name}/${request}`;
  if (request !== '') errors.push(...invalids(child(path, 'request'), request, dns1123Label(request)));
  if (seen.has(identity)) errors.push(duplicate(path, identity));
  else if (request === '') {
    const parts = [...seen].filter((other) => other.includes('/') && other.split('/', 1)[0] === name);
    errors.push(...parts.map(() => duplicate(path, name)));
  }
  seen.add(identity);
  return errors;
}

function unknownClaim(name: string, claimNames: ReadonlySet<string>, path: Path): FieldError {
  const known = claimNames.size === 0 ? ' which is empty' : `: ${[...claimNames].sort().join(', ')}`;
  const error = notFound(path, name);
  return { ...error, message: `${error.message}: must be one of the names in pod.spec.resourceClaims${known}` };
}
