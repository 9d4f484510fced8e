import type { ResourceDefinition } from '../definition.ts';
import { defineResource } from './definitions.ts';
import { PLAIN_COLUMNS, plainRules } from './plain.ts';

/** The resources of `node.k8s.io`. */
export const nodeResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'node.k8s.io',
    kind: 'RuntimeClass',
    resource: 'runtimeclasses',
    namespaced: false,
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false }),
  }),
]);
