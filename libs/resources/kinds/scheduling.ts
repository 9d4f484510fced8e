import type { ResourceDefinition } from '../definition.ts';
import { defineResource } from './definitions.ts';
import { PLAIN_COLUMNS, plainRules } from './plain.ts';

/** The resources of `scheduling.k8s.io`. */
export const schedulingResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'scheduling.k8s.io',
    kind: 'PriorityClass',
    resource: 'priorityclasses',
    namespaced: false,
    shortNames: ['pc'],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, generation: true }),
  }),
]);
