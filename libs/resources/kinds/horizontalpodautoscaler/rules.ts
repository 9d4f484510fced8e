import type { V2HorizontalPodAutoscaler } from '../../generated/types.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { rulesOf } from '../strategy.ts';
import { defaultAutoscaler } from './defaults.ts';
import { autoscalerCells } from './table.ts';
import { validateAutoscaler } from './validate.ts';

export const autoscalerRules = rulesOf<V2HorizontalPodAutoscaler>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults: defaultAutoscaler,
  initialStatus: () => ({ currentMetrics: null, desiredReplicas: 0 }),
  validate: validateAutoscaler,
  validateStatus: ({ status }) => [
    ...validateNonNegative(status?.currentReplicas, 'status.currentReplicas'),
    ...validateNonNegative(status?.desiredReplicas, 'status.desiredReplicas'),
  ],
  cells: autoscalerCells,
});
