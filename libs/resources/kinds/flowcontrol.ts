import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { flowSchemaColumns, flowSchemaRules, priorityLevelColumns, priorityLevelRules } from './flowcontrol/rules.ts';

/** The resources of `flowcontrol.apiserver.k8s.io`. */
export const flowcontrolResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'flowcontrol.apiserver.k8s.io',
    kind: 'FlowSchema',
    namespaced: false,
    subresources: [statusOf('FlowSchema')],
    columns: flowSchemaColumns,
    rules: flowSchemaRules,
  }),
  defineResource({
    group: 'flowcontrol.apiserver.k8s.io',
    kind: 'PriorityLevelConfiguration',
    namespaced: false,
    subresources: [statusOf('PriorityLevelConfiguration')],
    columns: priorityLevelColumns,
    rules: priorityLevelRules,
  }),
]);
