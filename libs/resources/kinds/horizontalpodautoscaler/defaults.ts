import type { HPAScalingRules, MetricSpec, V2HorizontalPodAutoscaler } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import type { MutableJsonObject } from '../../json.ts';
import { canonicalQuantity } from '../../syntax/quantity.ts';
import { nullTimes } from '../null-times.ts';

/** The CPU utilization aimed at when nothing is said, in percent of what pods request. */
const UTILIZATION_PERCENT = 80;

export function defaultAutoscaler(autoscaler: Draft<V2HorizontalPodAutoscaler>): void {
  const spec = (autoscaler.spec ??= {});
  spec.minReplicas ??= 1;
  if ((spec.metrics ?? []).length === 0) {
    const target = { type: 'Utilization', averageUtilization: UTILIZATION_PERCENT };
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  }
  for (const metric of spec.metrics ?? []) canonicalTargets(metric);
  if (spec.behavior !== undefined) {
    spec.behavior.scaleUp = withDefaults(spec.behavior.scaleUp, {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 15 },
        { type: 'Percent', value: 100, periodSeconds: 15 },
      ],
    });
    spec.behavior.scaleDown = withDefaults(spec.behavior.scaleDown, {
      selectPolicy: 'Max',
      policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    });
  }
  const status = (autoscaler.status ??= {});
  status.desiredReplicas ??= 0;
  // Kubernetes writes the empty list of metrics as null.
  if (status.currentMetrics === undefined) (status as MutableJsonObject)['currentMetrics'] = null;
  nullTimes(status.conditions, 'lastTransitionTime');
}

function withDefaults(
  given: Draft<HPAScalingRules> | undefined,
  rules: Draft<HPAScalingRules>,
): Draft<HPAScalingRules> {
  return { ...rules, ...given };
}

function canonicalTargets(metric: Draft<MetricSpec>): void {
  for (const source of [metric.resource, metric.containerResource, metric.pods, metric.object, metric.external]) {
    const target = source?.target;
    if (target?.value !== undefined) target.value = canonicalQuantity(target.value) ?? target.value;
    if (target?.averageValue !== undefined) {
      target.averageValue = canonicalQuantity(target.averageValue) ?? target.averageValue;
    }
  }
}
