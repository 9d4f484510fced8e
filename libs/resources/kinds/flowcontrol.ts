import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { PLAIN_COLUMNS, plainRules } from './plain.ts';

/** The resources of `flowcontrol.apiserver.k8s.io`. */
export const flowcontrolResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'flowcontrol.apiserver.k8s.io',
    kind: 'FlowSchema',
    namespaced: false,
    subresources: [statusOf('FlowSchema')],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, generation: true, status: {} }),
  }),
  defineResource({
    group: 'flowcontrol.apiserver.k8s.io',
    kind: 'PriorityLevelConfiguration',
    namespaced: false,
    subresources: [statusOf('PriorityLevelConfiguration')],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, generation: true, status: {} }),
  }),
]);
