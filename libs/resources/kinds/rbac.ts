import type { ResourceDefinition } from '../definition.ts';
import { defineResource } from './definitions.ts';
import { clusterRoleRules, roleColumns, roleRules } from './rbac/roles.ts';
import { bindingColumns, clusterRoleBindingRules, roleBindingRules } from './rbac/bindings.ts';

/** The resources of `rbac.authorization.k8s.io`. */
export const rbacResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    namespaced: false,
    columns: roleColumns,
    rules: clusterRoleRules,
  }),
  defineResource({
    group: 'rbac.authorization.k8s.io',
    kind: 'ClusterRoleBinding',
    namespaced: false,
    columns: bindingColumns,
    rules: clusterRoleBindingRules,
  }),
  defineResource({
    group: 'rbac.authorization.k8s.io',
    kind: 'Role',
    columns: roleColumns,
    rules: roleRules,
  }),
  defineResource({
    group: 'rbac.authorization.k8s.io',
    kind: 'RoleBinding',
    columns: bindingColumns,
    rules: roleBindingRules,
  }),
]);
