import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { apiServiceColumns, apiServiceRules } from './apiservice/rules.ts';

/** The resources of `apiregistration.k8s.io`. */
export const apiregistrationResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'apiregistration.k8s.io',
    kind: 'APIService',
    namespaced: false,
    categories: ['api-extensions'],
    subresources: [statusOf('APIService')],
    columns: apiServiceColumns,
    rules: apiServiceRules,
  }),
]);
