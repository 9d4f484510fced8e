import type { FieldError } from '../../field-error.ts';
import type { APIService, APIServiceSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1035Label, dns1123Subdomain, pathSegment, portNumber } from '../../syntax/names.ts';
import { child, index, invalid, invalids, notSupported, required } from '../../validation/field.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';

export const apiServiceColumns = [
  NAME,
  narrow('Service', 'Who serves it'),
  narrow('Available', 'Whether it answers'),
  AGE,
] as const;

const MAXIMUM_PRIORITY = 20_000;
const MAXIMUM_VERSION_PRIORITY = 1000;

function validate({ metadata, spec = {} }: Given<APIService>): readonly FieldError[] {
  const { group = '', version = '', service } = spec;
  const { name = '' } = metadata ?? {};
  const expected = `${version}.${group}`;
  const errors: FieldError[] = [];
  if (name !== '' && pathSegment(name).length === 0 && name !== expected) {
    errors.push(invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: "${expected}"`));
  }
  if (group !== '') errors.push(...invalids('spec.group', group, dns1123Subdomain(group)));
  else if (version !== 'v1') {
    errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  }
  errors.push(...invalids('spec.version', version, dns1035Label(version)));
  for (const [field, maximum] of [
    ['groupPriorityMinimum', MAXIMUM_PRIORITY],
    ['versionPriority', MAXIMUM_VERSION_PRIORITY],
  ] as const) {
    const value = spec[field] ?? 0;
    if (value > 0 && value <= maximum) continue;
    errors.push(invalid(`spec.${field}`, value, `must be positive and less than ${maximum}`));
  }
  return [...errors, ...(service === undefined ? validateLocal(spec) : validateService(spec))];
}

/** What this server answers itself, it calls nobody for. */
function validateLocal({ caBundle = '', insecureSkipTLSVerify }: Given<APIServiceSpec>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const bytes = Buffer.from(caBundle, 'base64').length;
  if (bytes > 0) {
    errors.push(invalid('spec.caBundle', `${bytes} bytes`, 'local APIServices may not have a caBundle'));
  }
  if (insecureSkipTLSVerify === true) {
    const detail = 'local APIServices may not have insecureSkipTLSVerify';
    errors.push(invalid('spec.insecureSkipTLSVerify', true, detail));
  }
  return errors;
}

function validateService({ service = {}, caBundle = '', insecureSkipTLSVerify }: Given<APIServiceSpec>): FieldError[] {
  const { namespace = '', name = '', port = 0 } = service;
  const errors: FieldError[] = [];
  if (namespace === '') errors.push(required('spec.service.namespace'));
  if (name === '') errors.push(required('spec.service.name'));
  const faults = portNumber(port);
  if (faults.length > 0) {
    errors.push(invalid('spec.service.port', port, `port is not valid: ${faults.join(', ')}`));
  }
  if (insecureSkipTLSVerify === true && caBundle !== '') {
    errors.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  }
  return errors;
}

const STATUSES: readonly string[] = ['True', 'False', 'Unknown'];

function validateStatus({ status }: Given<APIService>): readonly FieldError[] {
  return (status?.conditions ?? []).flatMap((condition, at) => {
    const said = condition.status ?? '';
    const path = child(index('status.conditions', at), 'status');
    return STATUSES.includes(said) ? [] : [notSupported(path, said, STATUSES)];
  });
}

const LOCAL = {
  type: 'Available',
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
} as const;

export const apiServiceRules = rulesOf<APIService>({
  metadata: { namespaced: false, name: pathSegment },
  defaults(one) {
    if (one.spec?.service !== undefined) one.spec.service.port ??= 443;
    one.status ??= {};
  },
  // What this server answers itself is there as long as the server is.
  initialStatus: ({ spec }) => (spec?.service === undefined ? { conditions: [{ ...LOCAL }] } : {}),
  statusAlone: true,
  validate,
  validateStatus,
  cells: ({ metadata, spec, status }) => {
    const service = spec?.service;
    const available = status?.conditions?.find((one) => one.type === 'Available');
    const why = available?.status === 'True' || (available?.reason ?? '') === '' ? '' : ` (${available?.reason})`;
    return [
      metadata?.name ?? '',
      service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`,
      `${available?.status ?? 'Unknown'}${why}`,
      age(metadata),
    ];
  },
});
