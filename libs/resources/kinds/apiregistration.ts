import type { ResourceDefinition } from '../definition.ts';
import { pathSegment } from '../syntax/names.ts';
import { defineResource, statusOf } from './definitions.ts';
import { PLAIN_COLUMNS, plainRules } from './plain.ts';

/** The resources of `apiregistration.k8s.io`. */
export const apiregistrationResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'apiregistration.k8s.io',
    kind: 'APIService',
    namespaced: false,
    categories: ['api-extensions'],
    subresources: [statusOf('APIService')],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, name: pathSegment, status: {} }),
  }),
]);
