import type { ResourceDefinition } from '../definition.ts';
import { AGE, NAME, narrow } from './columns.ts';
import { defineResource } from './definitions.ts';
import { endpointSliceRules } from './endpointslice/rules.ts';

/** The resources of `discovery.k8s.io`. */
export const discoveryResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    schema: 'io.k8s.api.discovery.v1.EndpointSlice',
    columns: [
      NAME,
      narrow('AddressType', 'Family of the addresses'),
      narrow('Ports', 'Ports of the endpoints'),
      narrow('Endpoints', 'Addresses of the endpoints'),
      AGE,
    ],
    rules: endpointSliceRules,
  }),
]);
