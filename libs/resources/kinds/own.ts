import type { ResourceDefinition } from '../definition.ts';
import { defineResource } from './definitions.ts';
import { purgeColumns, purgeRules } from './purge/rules.ts';

/** Orders to erase objects. They are made, read and watched, and never changed or deleted. */
export const purges: ResourceDefinition = defineResource({
  group: 'taffrail.dev',
  kind: 'Purge',
  namespaced: false,
  without: ['delete', 'deletecollection', 'patch', 'update'],
  columns: purgeColumns,
  rules: purgeRules,
});

/** Resources of `taffrail.dev`: found by their path, and kept out of Kubernetes' documents, which know only its own kinds. */
export const ownResources: readonly ResourceDefinition[] = Object.freeze([purges]);
