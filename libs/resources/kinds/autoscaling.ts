import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { PLAIN_COLUMNS, plainRules } from './plain.ts';

/** The resources of `autoscaling`. */
export const autoscalingResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'autoscaling',
    version: 'v2',
    kind: 'HorizontalPodAutoscaler',
    shortNames: ['hpa'],
    categories: ['all'],
    subresources: [statusOf('HorizontalPodAutoscaler')],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ status: { currentMetrics: null, desiredReplicas: 0 } }),
  }),
]);
