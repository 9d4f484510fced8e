import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { storageClassColumns, storageClassRules } from './storageclass/rules.ts';
import {
  csiDriverColumns,
  csiDriverRules,
  csiNodeColumns,
  csiNodeRules,
  csiStorageCapacityColumns,
  csiStorageCapacityRules,
  volumeAttachmentColumns,
  volumeAttachmentRules,
} from './csi/rules.ts';
import { PLAIN_COLUMNS } from './plain.ts';
import { volumeAttributesClassRules } from './storageclass/volume-attributes-class.ts';

/** The resources of `storage.k8s.io`. */
export const storageResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'storage.k8s.io',
    kind: 'CSIDriver',
    namespaced: false,
    columns: csiDriverColumns,
    rules: csiDriverRules,
  }),
  defineResource({
    group: 'storage.k8s.io',
    kind: 'CSINode',
    namespaced: false,
    columns: csiNodeColumns,
    rules: csiNodeRules,
  }),
  defineResource({
    group: 'storage.k8s.io',
    kind: 'CSIStorageCapacity',
    resource: 'csistoragecapacities',
    columns: csiStorageCapacityColumns,
    rules: csiStorageCapacityRules,
  }),
  defineResource({
    group: 'storage.k8s.io',
    kind: 'StorageClass',
    resource: 'storageclasses',
    namespaced: false,
    shortNames: ['sc'],
    columns: storageClassColumns,
    rules: storageClassRules,
  }),
  defineResource({
    group: 'storage.k8s.io',
    kind: 'VolumeAttachment',
    namespaced: false,
    subresources: [statusOf('VolumeAttachment')],
    columns: volumeAttachmentColumns,
    rules: volumeAttachmentRules,
  }),
  defineResource({
    group: 'storage.k8s.io',
    kind: 'VolumeAttributesClass',
    resource: 'volumeattributesclasses',
    namespaced: false,
    shortNames: ['vac'],
    columns: PLAIN_COLUMNS,
    rules: volumeAttributesClassRules,
  }),
]);
