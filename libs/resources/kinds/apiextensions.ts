import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { customResourceDefinitionColumns, customResourceDefinitionRules } from './customresourcedefinition/rules.ts';

/** The resources of `apiextensions.k8s.io`. */
export const apiextensionsResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    namespaced: false,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    subresources: [statusOf('CustomResourceDefinition')],
    columns: customResourceDefinitionColumns,
    rules: customResourceDefinitionRules,
  }),
]);
