import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { podDisruptionBudgetColumns, podDisruptionBudgetRules } from './poddisruptionbudget/rules.ts';

/** The resources of `policy`. */
export const policyResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'policy',
    kind: 'PodDisruptionBudget',
    shortNames: ['pdb'],
    subresources: [statusOf('PodDisruptionBudget')],
    columns: podDisruptionBudgetColumns,
    rules: podDisruptionBudgetRules,
  }),
]);
