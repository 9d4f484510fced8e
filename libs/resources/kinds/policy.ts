import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { PLAIN_COLUMNS, plainRules } from './plain.ts';

/** The resources of `policy`. */
export const policyResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'policy',
    kind: 'PodDisruptionBudget',
    shortNames: ['pdb'],
    subresources: [statusOf('PodDisruptionBudget')],
    columns: PLAIN_COLUMNS,
    rules: plainRules({
      generation: true,
      status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
    }),
  }),
]);
