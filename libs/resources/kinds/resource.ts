import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { deviceClassRules } from './devices/class.ts';
import { resourceSliceRules } from './devices/slice.ts';
import { deviceTaintRuleRules } from './devices/taint-rule.ts';
import { PLAIN_COLUMNS } from './plain.ts';
import { resourceClaimRules, resourceClaimTemplateRules } from './resourceclaim/rules.ts';

/** The resources of `resource.k8s.io`. */
export const resourceResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'resource.k8s.io',
    kind: 'DeviceClass',
    resource: 'deviceclasses',
    namespaced: false,
    columns: PLAIN_COLUMNS,
    rules: deviceClassRules,
  }),
  defineResource({
    group: 'resource.k8s.io',
    version: 'v1beta2',
    kind: 'DeviceTaintRule',
    namespaced: false,
    subresources: [statusOf('DeviceTaintRule')],
    columns: PLAIN_COLUMNS,
    rules: deviceTaintRuleRules,
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
    rules: resourceSliceRules,
  }),
]);
