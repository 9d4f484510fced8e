import type { FieldError } from '../../field-error.ts';
import type { StorageVersionMigration } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1035Label, dns1123Subdomain } from '../../syntax/names.ts';
import { validateConditions } from '../../validation/conditions.ts';
import { invalid, required } from '../../validation/field.ts';
import { goJson } from '../../validation/go-syntax.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { age } from '../cells.ts';
import { rulesOf } from '../strategy.ts';

type Migration = Given<StorageVersionMigration>;

const CONDITIONS = 'status.conditions';
const VERSION = 'status.resourceVersion';

function validate({ spec }: Migration): readonly FieldError[] {
  const { group = '', resource = '' } = spec?.resource ?? {};
  const errors: FieldError[] = [];
  const resourcePath = 'spec.resource.resource';
  const [resourceFaults, groupFaults] = [dns1035Label(resource), dns1123Subdomain(group)];
  if (resource === '') errors.push(required(resourcePath, 'resource is required to be set'));
  else if (resourceFaults.length > 0) errors.push(invalid(resourcePath, resource, resourceFaults.join(',')));
  if (group !== '' && groupFaults.length > 0) {
    errors.push(invalid('spec.resource.group', group, groupFaults.join(',')));
  }
  return errors;
}

/** A migration runs, and then has succeeded or failed for good. */
function validateStatus(next: Migration, previous: Migration): readonly FieldError[] {
  const { resourceVersion: version = '', conditions = [] } = next.status ?? {};
  const before = previous.status?.resourceVersion ?? '';
  const errors: FieldError[] = [];
  if (!/^[1-9][0-9]*$/.test(version)) {
    errors.push(invalid(VERSION, version, `resource version is not well formed: ${version}`));
  }
  errors.push(...validateConditions(conditions, CONDITIONS));
  if (before !== '') errors.push(...validateImmutable(version, before, VERSION));
  const [succeeded, failed, runs] = ['Succeeded', 'Failed', 'Running'].map((type) => holds(next, type));
  const faults = {
    'Both success and failed conditions cannot be true at the same time': succeeded === true && failed === true,
    'Running condition cannot be true when success condition is true': succeeded === true && runs === true,
    'Running condition cannot be true when failed condition is true': failed === true && runs === true,
    'Success condition cannot be set to false once it is true': succeeded !== true && holds(previous, 'Succeeded'),
    'Failed condition cannot be set to false once it is true': failed !== true && holds(previous, 'Failed'),
  };
  for (const [detail, is] of Object.entries(faults)) {
    if (is) errors.push(invalid(CONDITIONS, goJson(conditions), detail));
  }
  return errors;
}

function holds({ status }: Migration, type: string): boolean {
  return status?.conditions?.find((condition) => condition.type === type)?.status === 'True';
}

export const storageVersionMigrationRules = rulesOf<StorageVersionMigration>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  initialStatus: () => ({}),
  statusAlone: true,
  validate,
  validateUpdate: (next, previous) => validateImmutable(next.spec, previous.spec, 'spec'),
  validateStatus,
  cells: ({ metadata }) => [metadata?.name ?? '', age(metadata)],
});
