import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { autoscalerRules } from './horizontalpodautoscaler/rules.ts';
import { autoscalerColumns } from './horizontalpodautoscaler/table.ts';

/** The resources of `autoscaling`. */
export const autoscalingResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'autoscaling',
    version: 'v2',
    kind: 'HorizontalPodAutoscaler',
    shortNames: ['hpa'],
    categories: ['all'],
    subresources: [statusOf('HorizontalPodAutoscaler')],
    columns: autoscalerColumns,
    rules: autoscalerRules,
  }),
]);
