import type { APIService, CustomResourceDefinition } from '../../generated/types.ts';
import { dns1123Subdomain, pathSegment } from '../../syntax/names.ts';
import { invalid } from '../../validation/field.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';

export const customResourceDefinitionColumns = [NAME, narrow('Created At', 'When it was created', 'date')] as const;

export const customResourceDefinitionRules = rulesOf<CustomResourceDefinition>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  initialStatus: () => ({ conditions: [], storedVersions: [] }),
  generation: true,
  validateCreation: ({ metadata, spec }) => {
    const expected = `${spec?.names?.plural ?? ''}.${spec?.group ?? ''}`;
    const { name = '' } = metadata ?? {};
    return name === expected ? [] : [invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group')];
  },
  cells: ({ metadata }) => [metadata?.name ?? '', metadata?.creationTimestamp ?? null],
});

export const apiServiceColumns = [
  NAME,
  narrow('Service', 'Who serves it'),
  narrow('Available', 'Whether it answers'),
  AGE,
] as const;

export const apiServiceRules = rulesOf<APIService>({
  metadata: { namespaced: false, name: pathSegment },
  defaults(one) {
    if (one.spec?.service !== undefined) one.spec.service.port ??= 443;
    one.status ??= {};
  },
  initialStatus: () => ({}),
  validate: ({ metadata, spec }) => {
    const expected = `${spec?.version ?? ''}.${spec?.group ?? ''}`;
    const { name = '' } = metadata ?? {};
    return name === expected
      ? []
      : [invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: "${expected}"`)];
  },
  cells: ({ metadata, spec, status }, nowMs) => {
    const service = spec?.service;
    const available = status?.conditions?.find((one) => one.type === 'Available');
    const why = available?.status === 'True' || (available?.reason ?? '') === '' ? '' : ` (${available?.reason})`;
    return [
      metadata?.name ?? '',
      service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`,
      `${available?.status ?? 'Unknown'}${why}`,
      age(metadata, nowMs),
    ];
  },
});
