import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { PLAIN_COLUMNS, plainRules } from './plain.ts';

/** The resources of `batch`. */
export const batchResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'batch',
    kind: 'CronJob',
    shortNames: ['cj'],
    categories: ['all'],
    subresources: [statusOf('CronJob')],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ generation: true, status: {} }),
  }),
  defineResource({
    group: 'batch',
    kind: 'Job',
    categories: ['all'],
    subresources: [statusOf('Job')],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ generation: true, status: {} }),
  }),
]);
