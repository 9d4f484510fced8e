import type { StatefulSet } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import type { MutableJsonObject } from '../../json.ts';
import { dns1123Label } from '../../syntax/names.ts';
import { child, index, key } from '../../validation/field.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import { nullTimes } from '../null-times.ts';
import { defaultPersistentVolumeClaim } from '../persistentvolumeclaim/defaults.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { fractionWarning } from '../pod/container-warnings.ts';
import { templateWarnings } from '../pod/warnings.ts';
import { rulesOf } from '../strategy.ts';
import { containerImages, containerNames } from '../workload-cells.ts';
import { isNews } from '../workload-warnings.ts';
import {
  validateClaimTemplates,
  validateStatefulSet,
  validateStatefulSetStatus,
  validateStatefulSetUpdate,
} from './validate.ts';

function defaults(set: Draft<StatefulSet>): void {
  const spec = (set.spec ??= {});
  if ((spec.podManagementPolicy ?? '') === '') spec.podManagementPolicy = 'OrderedReady';
  const strategy = (spec.updateStrategy ??= {});
  if ((strategy.type ?? '') === '') strategy.type = 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') (strategy.rollingUpdate ??= {}).partition ??= 0;
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
  if ((retention.whenDeleted ?? '') === '') retention.whenDeleted = 'Retain';
  if ((retention.whenScaled ?? '') === '') retention.whenScaled = 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  defaultPodTemplate((spec.template ??= {}));
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    ((claim.metadata ??= {}) as MutableJsonObject)['creationTimestamp'] ??= null;
    defaultPersistentVolumeClaim(claim);
  }
  const status = (set.status ??= {});
  status.replicas ??= 0;
  status.availableReplicas ??= 0;
  nullTimes(status.conditions, 'lastTransitionTime');
}

const NEVER_FORGETS =
  'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';

export const statefulSetColumns = [
  NAME,
  narrow('Ready', 'Ready pods out of those wanted'),
  AGE,
  wide('Containers', 'Names of the containers in the template'),
  wide('Images', 'Images in the template'),
] as const;

/** Claims for fractions of bytes; where one stands is told differently of a new set. */
function claimWarnings({ spec }: Given<StatefulSet>, isNew: boolean): readonly string[] {
  return (spec?.volumeClaimTemplates ?? []).flatMap((claim, at) => {
    const place = index('spec.volumeClaimTemplates', at);
    const here = child(isNew ? place : child(place, 'Spec'), 'resources');
    const { requests, limits } = claim.spec?.resources ?? {};
    return [
      ...fractionWarning(requests?.['storage'], key(child(here, 'requests'), 'storage')),
      ...fractionWarning(limits?.['storage'], key(child(here, 'limits'), 'storage')),
    ];
  });
}

export const statefulSetRules = rulesOf<StatefulSet>({
  // Its name begins the hostnames of its pods.
  metadata: { namespaced: true, name: dns1123Label },
  defaults,
  initialStatus: () => ({ replicas: 0, availableReplicas: 0 }),
  generation: true,
  validate: validateStatefulSet,
  validateCreation: validateClaimTemplates,
  validateUpdate: validateStatefulSetUpdate,
  validateStatus: validateStatefulSetStatus,
  warnings: (set, previous) => [
    ...(isNews(set, previous) ? templateWarnings(set.spec?.template) : []),
    ...claimWarnings(set, previous === undefined),
    ...((set.spec?.revisionHistoryLimit ?? 0) < 0 ? [NEVER_FORGETS] : []),
  ],
  cells: (set) => [
    set.metadata?.name ?? '',
    `${set.status?.readyReplicas ?? 0}/${set.spec?.replicas ?? 0}`,
    age(set.metadata),
    containerNames(set.spec?.template?.spec),
    containerImages(set.spec?.template?.spec),
  ],
});
