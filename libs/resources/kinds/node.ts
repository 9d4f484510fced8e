import type { ResourceDefinition } from '../definition.ts';
import { defineResource } from './definitions.ts';
import { runtimeClassColumns, runtimeClassRules } from './runtimeclass/rules.ts';

/** The resources of `node.k8s.io`. */
export const nodeResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'node.k8s.io',
    kind: 'RuntimeClass',
    resource: 'runtimeclasses',
    namespaced: false,
    columns: runtimeClassColumns,
    rules: runtimeClassRules,
  }),
]);
