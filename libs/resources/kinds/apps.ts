import type { ResourceDefinition } from '../definition.ts';
import { defineResource, SCALE, statusOf } from './definitions.ts';
import { deploymentRules } from './deployment/rules.ts';
import { deploymentColumns } from './deployment/table.ts';
import { replicaSetRules } from './replicaset/rules.ts';
import { replicaSetColumns } from './replicaset/table.ts';
import { statefulSetColumns, statefulSetRules } from './statefulset/rules.ts';
import { daemonSetColumns, daemonSetRules } from './daemonset/rules.ts';
import { controllerRevisionColumns, controllerRevisionRules } from './controllerrevision/rules.ts';

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
  defineResource({
    group: 'apps',
    kind: 'ControllerRevision',
    columns: controllerRevisionColumns,
    rules: controllerRevisionRules,
  }),
  defineResource({
    group: 'apps',
    kind: 'DaemonSet',
    shortNames: ['ds'],
    categories: ['all'],
    subresources: [statusOf('DaemonSet')],
    columns: daemonSetColumns,
    rules: daemonSetRules,
  }),
  defineResource({
    group: 'apps',
    kind: 'StatefulSet',
    shortNames: ['sts'],
    categories: ['all'],
    subresources: [SCALE, statusOf('StatefulSet')],
    columns: statefulSetColumns,
    rules: statefulSetRules,
  }),
]);
