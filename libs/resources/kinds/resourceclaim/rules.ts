import type { ResourceClaimTemplate, ResourceResourceClaim } from '../../generated/types.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { validateLabels } from '../../validation/labels.ts';
import { validateAnnotations } from '../../validation/metadata.ts';
import { age } from '../cells.ts';
import { validateClaimSpec } from '../devices/requests.ts';
import { rulesOf } from '../strategy.ts';
import { defaultClaimSpec } from './defaults.ts';
import { validateClaimStatus } from './status.ts';

const metadata = { namespaced: true, name: dns1123Subdomain } as const;

/** What was claimed stays: whoever wants other devices makes another claim. */
export const resourceClaimRules = rulesOf<ResourceResourceClaim>({
  metadata,
  defaults: (claim) => defaultClaimSpec(claim.spec),
  initialStatus: () => ({}),
  statusAlone: true,
  validateCreation: ({ spec }) => validateClaimSpec(spec ?? {}, 'spec'),
  validateStatus: validateClaimStatus,
  validateUpdate: (next, previous) => validateImmutable(next.spec, previous.spec, 'spec'),
  cells: (claim) => [claim.metadata?.name ?? '', age(claim.metadata)],
});

export const resourceClaimTemplateRules = rulesOf<ResourceClaimTemplate>({
  metadata,
  defaults: (template) => defaultClaimSpec(template.spec?.spec),
  validateCreation: ({ spec }) => [
    ...validateLabels(spec?.metadata?.labels, 'spec.metadata.labels'),
    ...validateAnnotations(spec?.metadata?.annotations, 'spec.metadata.annotations'),
    ...validateClaimSpec(spec?.spec ?? {}, 'spec.spec'),
  ],
  validateUpdate: (next, previous) => validateImmutable(next.spec, previous.spec, 'spec'),
  cells: (template) => [template.metadata?.name ?? '', age(template.metadata)],
});
