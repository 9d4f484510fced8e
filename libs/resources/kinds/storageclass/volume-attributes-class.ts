import type { VolumeAttributesClass } from '../../generated/types.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { forbidden } from '../../validation/field.ts';
import { age } from '../cells.ts';
import { equal, rulesOf } from '../strategy.ts';
import { validateParameters, validateProvisioner } from './parameters.ts';

export const volumeAttributesClassRules = rulesOf<VolumeAttributesClass>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  validate: ({ driverName = '', parameters = {} }) => [
    ...validateProvisioner(driverName, 'driverName'),
    ...validateParameters(parameters, false, 'parameters'),
  ],
  validateUpdate: (next, previous) => [
    ...(next.driverName === previous.driverName
      ? []
      : [forbidden('driverName', 'updates to driverName are forbidden.')]),
    ...(equal(next.parameters ?? {}, previous.parameters ?? {})
      ? []
      : [forbidden('parameters', 'updates to parameters are forbidden.')]),
  ],
  cells: ({ metadata }) => [metadata?.name ?? '', age(metadata)],
});
