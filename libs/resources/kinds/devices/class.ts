import type { FieldError } from '../../field-error.ts';
import type { DeviceClass } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { invalid } from '../../validation/field.ts';
import { isExtendedResource } from '../../validation/pod/resource-names.ts';
import { age } from '../cells.ts';
import { equal, rulesOf } from '../strategy.ts';
import { CONFIGURATIONS, validateConfiguration, validateSelectors } from './configuration.ts';
import { validateList } from './lists.ts';

function validate({ spec = {} }: Given<DeviceClass>, previous?: Given<DeviceClass>): readonly FieldError[] {
  const { selectors, config = [], extendedResourceName: name } = spec;
  const isStored = previous !== undefined && equal(config, previous.spec?.config ?? []);
  const errors = [
    ...validateSelectors(selectors, 'spec.selectors'),
    ...validateList(config, CONFIGURATIONS, (one, at) => validateConfiguration(one, isStored, at), 'spec.config'),
  ];
  if (name === undefined || isExtendedResource(name)) return errors;
  return [...errors, invalid('spec.extendedResourceName', name, 'must be a valid extended resource name')];
}

export const deviceClassRules = rulesOf<DeviceClass>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  generation: true,
  validate,
  cells: ({ metadata }) => [metadata?.name ?? '', age(metadata)],
});
