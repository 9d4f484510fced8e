import type { ResourceDefinition } from '../definition.ts';
import { defineResource } from './definitions.ts';
import { priorityClassColumns, priorityClassRules } from './priorityclass/rules.ts';

/** The resources of `scheduling.k8s.io`. */
export const schedulingResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'scheduling.k8s.io',
    kind: 'PriorityClass',
    resource: 'priorityclasses',
    namespaced: false,
    shortNames: ['pc'],
    columns: priorityClassColumns,
    rules: priorityClassRules,
  }),
]);
