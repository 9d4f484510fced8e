import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { PLAIN_COLUMNS } from './plain.ts';
import { storageVersionMigrationRules } from './storageversionmigration/rules.ts';

/** The resources of `storagemigration.k8s.io`. */
export const storagemigrationResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'storagemigration.k8s.io',
    version: 'v1beta1',
    kind: 'StorageVersionMigration',
    namespaced: false,
    subresources: [statusOf('StorageVersionMigration')],
    columns: PLAIN_COLUMNS,
    rules: storageVersionMigrationRules,
  }),
]);
