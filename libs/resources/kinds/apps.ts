import type { ResourceDefinition } from '../definition.ts';
import { defineResource, SCALE, statusOf } from './definitions.ts';
import { deploymentRules } from './deployment/rules.ts';
import { deploymentColumns } from './deployment/table.ts';
import { replicaSetRules } from './replicaset/rules.ts';
import { replicaSetColumns } from './replicaset/table.ts';

/** The resources of `apps`. */
export const appsResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'apps',
    kind: 'Deployment',
    shortNames: ['deploy'],
    categories: ['all'],
    subresources: [SCALE, statusOf('Deployment')],
    schema: 'io.k8s.api.apps.v1.Deployment',
    columns: deploymentColumns,
    rules: deploymentRules,
  }),
  defineResource({
    group: 'apps',
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    categories: ['all'],
    subresources: [SCALE, statusOf('ReplicaSet')],
    schema: 'io.k8s.api.apps.v1.ReplicaSet',
    columns: replicaSetColumns,
    rules: replicaSetRules,
  }),
]);
