import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { PLAIN_COLUMNS, plainRules } from './plain.ts';
import { resourceClaimRules, resourceClaimTemplateRules } from './resourceclaim/rules.ts';

/** The resources of `resource.k8s.io`. */
export const resourceResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'resource.k8s.io',
    kind: 'DeviceClass',
    resource: 'deviceclasses',
    namespaced: false,
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, generation: true }),
  }),
  defineResource({
    group: 'resource.k8s.io',
    version: 'v1beta2',
    kind: 'DeviceTaintRule',
    namespaced: false,
    subresources: [statusOf('DeviceTaintRule')],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, generation: true, status: {} }),
  }),
  defineResource({
    group: 'resource.k8s.io',
    kind: 'ResourceClaim',
    subresources: [statusOf('ResourceClaim')],
    columns: PLAIN_COLUMNS,
    rules: resourceClaimRules,
  }),
  defineResource({
    group: 'resource.k8s.io',
    kind: 'ResourceClaimTemplate',
    columns: PLAIN_COLUMNS,
    rules: resourceClaimTemplateRules,
  }),
  defineResource({
    group: 'resource.k8s.io',
    kind: 'ResourceSlice',
    namespaced: false,
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, generation: true }),
  }),
]);
