import type { FieldError } from '../../field-error.ts';
import type { APIService } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1035Label, pathSegment } from '../../syntax/names.ts';
import { invalid, invalids, required } from '../../validation/field.ts';
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
  if (name !== expected) {
    errors.push(invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: "${expected}"`));
  }
  if (version === '') errors.push(required('spec.version'));
  else errors.push(...invalids('spec.version', version, dns1035Label(version)));
  for (const [field, maximum] of [
    ['groupPriorityMinimum', MAXIMUM_PRIORITY],
    ['versionPriority', MAXIMUM_VERSION_PRIORITY],
  ] as const) {
    const value = spec[field] ?? 0;
    if (value > 0 && value <= maximum) continue;
    errors.push(invalid(`spec.${field}`, value, `must be positive and less than ${maximum}`));
  }
  if (service === undefined) return errors;
  if ((service.namespace ?? '') === '') errors.push(required('spec.service.namespace'));
  if ((service.name ?? '') === '') errors.push(required('spec.service.name'));
  if (spec.insecureSkipTLSVerify === true && (spec.caBundle ?? '') !== '') {
    errors.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  }
  return errors;
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
