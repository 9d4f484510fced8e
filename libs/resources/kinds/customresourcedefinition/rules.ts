import type { CustomResourceDefinition } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';
import { validateCustomResourceDefinition, validateCustomResourceDefinitionStatus } from './validate.ts';

export const customResourceDefinitionColumns = [NAME, narrow('Created At', 'When it was created', 'date')] as const;

function defaults(one: Draft<CustomResourceDefinition>): void {
  const spec = (one.spec ??= {});
  const names = (spec.names ??= {});
  const { kind = '' } = names;
  if (kind !== '' && (names.singular ?? '') === '') names.singular = kind.toLowerCase();
  if (kind !== '' && (names.listKind ?? '') === '') names.listKind = `${kind}List`;
  const conversion = (spec.conversion ??= {});
  if ((conversion.strategy ?? '') === '') conversion.strategy = 'None';
  const service = conversion.webhook?.clientConfig?.service;
  if (service !== undefined) service.port ??= 443;
}

/** Objects are written in the version marked so; that they ever were stays on record. */
function rememberStorageVersion(one: Draft<CustomResourceDefinition>): void {
  const stored = one.spec?.versions?.find(({ storage }) => storage === true)?.name;
  const versions = ((one.status ??= {}).storedVersions ??= []);
  if (stored !== undefined && !versions.includes(stored)) versions.push(stored);
}

export const customResourceDefinitionRules = rulesOf<CustomResourceDefinition>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults,
  initialStatus: () => ({ conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: [] }),
  statusAlone: true,
  generation: true,
  prepareForCreate: rememberStorageVersion,
  prepareForUpdate(next, _, subresource) {
    if (subresource !== 'status') rememberStorageVersion(next);
  },
  validate: validateCustomResourceDefinition,
  validateStatus: validateCustomResourceDefinitionStatus,
  cells: ({ metadata }) => [metadata?.name ?? '', metadata?.creationTimestamp ?? null],
});
