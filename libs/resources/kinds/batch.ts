import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { jobColumns, jobRules } from './job/rules.ts';
import { cronJobColumns, cronJobRules } from './cronjob/rules.ts';

/** The resources of `batch`. */
export const batchResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'batch',
    kind: 'CronJob',
    shortNames: ['cj'],
    categories: ['all'],
    subresources: [statusOf('CronJob')],
    columns: cronJobColumns,
    rules: cronJobRules,
  }),
  defineResource({
    group: 'batch',
    kind: 'Job',
    categories: ['all'],
    subresources: [statusOf('Job')],
    columns: jobColumns,
    rules: jobRules,
  }),
]);
