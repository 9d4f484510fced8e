import type { ResourceDefinition } from '../definition.ts';
import { pathSegment } from '../syntax/names.ts';
import { defineResource } from './definitions.ts';
import { PLAIN_COLUMNS, plainRules } from './plain.ts';

/** The resources of `rbac.authorization.k8s.io`. */
export const rbacResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    namespaced: false,
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, name: pathSegment }),
  }),
  defineResource({
    group: 'rbac.authorization.k8s.io',
    kind: 'ClusterRoleBinding',
    namespaced: false,
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, name: pathSegment }),
  }),
  defineResource({
    group: 'rbac.authorization.k8s.io',
    kind: 'Role',
    columns: PLAIN_COLUMNS,
    rules: plainRules({ name: pathSegment }),
  }),
  defineResource({
    group: 'rbac.authorization.k8s.io',
    kind: 'RoleBinding',
    columns: PLAIN_COLUMNS,
    rules: plainRules({ name: pathSegment }),
  }),
]);
