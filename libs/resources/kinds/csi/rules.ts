import type { CSIDriver, CSINode, CSIStorageCapacity, VolumeAttachment } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import type { MutableJsonObject } from '../../json.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import type { ShownValue } from '../../validation/field.ts';
import { goStructure } from '../../validation/go-syntax.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';
import { validateAttachment, validateAttachmentStatus, validateNewAttachment } from './attachment.ts';
import { validateDriver, validateNodeDrivers, validateNodeDriversUpdate, validateStorageCapacity } from './validate.ts';

export const csiDriverColumns = [
  NAME,
  narrow('AttachRequired', 'Whether volumes are attached before they are mounted', 'boolean'),
  narrow('PodInfoOnMount', 'Whether the driver is told of the pod', 'boolean'),
  narrow('StorageCapacity', 'Whether it publishes what is free', 'boolean'),
  narrow('TokenRequests', 'Audiences of the tokens it is given'),
  narrow('RequiresRepublish', 'Whether volumes are published again and again', 'boolean'),
  narrow('Modes', 'Lifetimes its volumes can have'),
  AGE,
] as const;

export const csiDriverRules = rulesOf<CSIDriver>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(driver) {
    const spec = (driver.spec ??= {});
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  generation: true,
  validate: validateDriver,
  validateUpdate: (next, previous) => [
    ...validateImmutable(next.spec?.attachRequired, previous.spec?.attachRequired, 'spec.attachedRequired'),
    ...validateImmutable(
      next.spec?.volumeLifecycleModes,
      previous.spec?.volumeLifecycleModes,
      'spec.volumeLifecycleModes',
    ),
  ],
  cells: ({ metadata, spec }) => [
    metadata?.name ?? '',
    spec?.attachRequired ?? true,
    spec?.podInfoOnMount ?? false,
    spec?.storageCapacity ?? false,
    (spec?.tokenRequests ?? []).map((request) => request.audience ?? '').join(',') || '<unset>',
    spec?.requiresRepublish ?? false,
    (spec?.volumeLifecycleModes ?? []).join(',') || '<none>',
    age(metadata),
  ],
});

export const csiNodeColumns = [NAME, narrow('Drivers', 'How many drivers run there', 'integer'), AGE] as const;

export const csiNodeRules = rulesOf<CSINode>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  validate: validateNodeDrivers,
  validateUpdate: validateNodeDriversUpdate,
  cells: ({ metadata, spec }) => [metadata?.name ?? '', spec?.drivers?.length ?? 0, age(metadata)],
});

export const csiStorageCapacityColumns = [NAME, narrow('Created At', 'When it was created', 'date')] as const;

export const csiStorageCapacityRules = rulesOf<CSIStorageCapacity>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  validate: validateStorageCapacity,
  validateUpdate: (next, previous) => [
    ...validateImmutable(next.nodeTopology, previous.nodeTopology, 'nodeTopology'),
    ...validateImmutable(next.storageClassName, previous.storageClassName, 'storageClassName'),
  ],
  cells: ({ metadata }) => [metadata?.name ?? '', metadata?.creationTimestamp ?? null],
});

/** Of an inline volume Kubernetes shows all that a volume can have; here its given fields stand. */
function goAttachmentSpec({ spec }: Given<VolumeAttachment>): ShownValue {
  const { attacher = '', source = {}, nodeName = '' } = spec ?? {};
  const { persistentVolumeName, inlineVolumeSpec } = source;
  return goStructure({
    Attacher: attacher,
    Source: { PersistentVolumeName: persistentVolumeName ?? null, InlineVolumeSpec: inlineVolumeSpec ?? null },
    NodeName: nodeName,
  });
}

export const volumeAttachmentColumns = [
  NAME,
  Object.freeze({ ...NAME, name: 'Attacher', description: 'The driver that attaches it' }),
  narrow('PV', 'The volume'),
  narrow('Node', 'The node it is for'),
  narrow('Attached', 'Whether it is there', 'boolean'),
  AGE,
] as const;

export const volumeAttachmentRules = rulesOf<VolumeAttachment>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(attachment) {
    ((attachment.status ??= {}) as MutableJsonObject)['attached'] ??= false;
  },
  initialStatus: () => ({ attached: false }),
  statusAlone: true,
  validate: validateAttachment,
  validateCreation: validateNewAttachment,
  validateUpdate: (next, previous) => validateImmutable(next.spec, previous.spec, 'spec', goAttachmentSpec(next)),
  validateStatus: validateAttachmentStatus,
  cells: ({ metadata, spec, status }) => [
    metadata?.name ?? '',
    spec?.attacher ?? '',
    spec?.source?.persistentVolumeName ?? '',
    spec?.nodeName ?? '',
    status?.attached ?? false,
    age(metadata),
  ],
});
