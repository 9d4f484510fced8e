import type { ResourceDefinition } from '../definition.ts';
import { AGE, NAME, narrow } from './columns.ts';
import { defineResource } from './definitions.ts';
import { leaseCandidateRules } from './lease/candidate.ts';
import { leaseRules } from './lease/rules.ts';
import { PLAIN_COLUMNS } from './plain.ts';

/** The resources of `coordination.k8s.io`. */
export const coordinationResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'coordination.k8s.io',
    kind: 'Lease',
    storage: 'latest',
    schema: 'io.k8s.api.coordination.v1.Lease',
    columns: [NAME, narrow('Holder', 'Who holds the lease'), AGE],
    rules: leaseRules,
  }),
  defineResource({
    group: 'coordination.k8s.io',
    version: 'v1beta1',
    kind: 'LeaseCandidate',
    columns: PLAIN_COLUMNS,
    rules: leaseCandidateRules,
  }),
]);
