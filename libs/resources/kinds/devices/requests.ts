import type { FieldError } from '../../field-error.ts';
import type {
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
  ResourceResourceClaim,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { child, invalid, invalids, notSupported, type Path, required } from '../../validation/field.ts';
import { CONFIGURATIONS, validateConfiguration, validateSelectors } from './configuration.ts';
import { validateList, validateSet } from './lists.ts';
import { validateFullName, validateLabelName } from './names.ts';
import { validateToleration } from './taints.ts';

type ClaimSpec = Given<NonNullable<ResourceResourceClaim['spec']>>;

export const REQUESTS = 32;
const CHOICES = 8;
const CONSTRAINTS = 32;
const TOLERATIONS = 16;
const MODES: readonly string[] = ['All', 'ExactCount'];
const ONE_OF = 'exactly one of `exactly` or `firstAvailable` is required';

const itself = (name: string): string => name;

/** What is claimed: requests, what binds them together, and what their drivers are told. */
export function validateClaimSpec({ devices = {} }: ClaimSpec, path: Path): readonly FieldError[] {
  const here = child(path, 'devices');
  const names = requestNames({ devices });
  return [
    ...validateSet(devices.requests, REQUESTS, validateRequest, ({ name = '' }) => name, child(here, 'requests')),
    ...validateList(
      devices.constraints,
      CONSTRAINTS,
      (one, at) => validateConstraint(one, names, at),
      child(here, 'constraints'),
    ),
    ...validateList(
      devices.config,
      CONFIGURATIONS,
      (one, at) => [
        ...validateReferences(one.requests, names, child(at, 'requests')),
        ...validateConfiguration(one, false, at),
      ],
      child(here, 'config'),
    ),
  ];
}

/** The names by which requests are spoken of: their own, and with it that of each choice. */
export function requestNames(spec: ClaimSpec | undefined): ReadonlySet<string> {
  const requests = spec?.devices?.requests ?? [];
  return new Set(
    requests.flatMap(({ name = '', firstAvailable = [] }) => [
      name,
      ...firstAvailable.map((choice) => `${name}/${choice.name ?? ''}`),
    ]),
  );
}

function validateRequest(request: Given<DeviceRequest>, path: Path): readonly FieldError[] {
  const { name = '', exactly, firstAvailable = [] } = request;
  const errors = [...validateLabelName(name, child(path, 'name'))];
  if (firstAvailable.length > 0 && exactly !== undefined) {
    errors.push(invalid(path, null, `${ONE_OF}, but multiple fields are set`));
  } else if (exactly !== undefined) errors.push(...validateAsked(exactly, child(path, 'exactly')));
  else if (firstAvailable.length === 0) errors.push(required(path, ONE_OF));
  else {
    const list = child(path, 'firstAvailable');
    errors.push(...validateSet(firstAvailable, CHOICES, validateChoice, (choice) => choice.name ?? '', list));
  }
  return errors;
}

function validateChoice(choice: Given<DeviceSubRequest>, path: Path): readonly FieldError[] {
  return [...validateLabelName(choice.name ?? '', child(path, 'name')), ...validateAsked(choice, path)];
}

function validateAsked(asked: Given<ExactDeviceRequest>, path: Path): readonly FieldError[] {
  const { deviceClassName = '', allocationMode = '', count = 0 } = asked;
  const [classPath, countPath] = [child(path, 'deviceClassName'), child(path, 'count')];
  const errors =
    deviceClassName === ''
      ? [required(classPath)]
      : [...invalids(classPath, deviceClassName, dns1123Subdomain(deviceClassName))];
  errors.push(...validateSelectors(asked.selectors, child(path, 'selectors')));
  if (allocationMode === 'All') {
    if (count !== 0) errors.push(invalid(countPath, count, "must not be specified when allocationMode is 'All'"));
  } else if (allocationMode !== 'ExactCount') {
    errors.push(notSupported(child(path, 'allocationMode'), allocationMode, MODES));
  } else if (count <= 0) errors.push(invalid(countPath, count, 'must be greater than zero'));
  return [...errors, ...validateList(asked.tolerations, TOLERATIONS, validateToleration, child(path, 'tolerations'))];
}

function validateConstraint(
  { requests, matchAttribute, distinctAttribute }: Given<DeviceConstraint>,
  names: ReadonlySet<string>,
  path: Path,
): readonly FieldError[] {
  const errors = validateReferences(requests, names, child(path, 'requests'));
  if (matchAttribute !== undefined) {
    return [...errors, ...validateFullName(matchAttribute, child(path, 'matchAttribute'))];
  }
  if (distinctAttribute !== undefined) {
    return [...errors, ...validateFullName(distinctAttribute, child(path, 'distinctAttribute'))];
  }
  const detail = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
  return [...errors, required(path, detail)];
}

/** Names of requests, each once. */
export function validateReferences(
  requests: readonly string[] | undefined,
  names: ReadonlySet<string>,
  path: Path,
): readonly FieldError[] {
  return validateSet(requests, REQUESTS, (name, at) => validateReference(name, names, at), itself, path);
}

/** The name of a request, or of one choice of it. */
export function validateReference(name: string, names: ReadonlySet<string>, path: Path): readonly FieldError[] {
  const detail =
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  const segments = name.split('/');
  if (segments.length > 2) return [invalid(path, name, detail)];
  const errors = segments.flatMap((segment) => validateLabelName(segment, path));
  return names.has(name) ? errors : [...errors, invalid(path, name, detail)];
}
