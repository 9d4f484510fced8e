import type { FieldError } from '../../field-error.ts';
import type {
  HPAScalingPolicy,
  HPAScalingRules,
  MetricSpec,
  MetricTarget,
  V2CrossVersionObjectReference,
  V2HorizontalPodAutoscaler,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { pathSegment } from '../../syntax/names.ts';
import {
  child,
  forbidden,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
} from '../../validation/field.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { parseQuantity } from '../../syntax/quantity.ts';

const SOURCES = ['Object', 'Pods', 'Resource', 'ContainerResource', 'External'] as const;
const FIELD_OF = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
} as const satisfies Record<(typeof SOURCES)[number], keyof MetricSpec>;

/** Longest time a scaling policy or stabilization may look back, in seconds. */
const MAXIMUM_PERIOD_SECONDS = 1800;
const MAXIMUM_STABILIZATION_SECONDS = 3600;

export function validateAutoscaler({ spec = {} }: Given<V2HorizontalPodAutoscaler>): readonly FieldError[] {
  const { minReplicas, maxReplicas = 0 } = spec;
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1) {
    errors.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  if (maxReplicas < 1) errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  return [
    ...errors,
    ...validateReference(spec.scaleTargetRef, 'spec.scaleTargetRef'),
    ...(spec.metrics ?? []).flatMap((metric, at) => validateMetric(metric, index('spec.metrics', at))),
    ...(['scaleUp', 'scaleDown'] as const).flatMap((direction) =>
      validateScaling(spec.behavior?.[direction], `spec.behavior.${direction}`),
    ),
  ];
}

function validateReference(
  reference: Given<V2CrossVersionObjectReference> | undefined,
  path: Path,
): readonly FieldError[] {
  const errors = (['kind', 'name'] as const).flatMap((field) => {
    const value = reference?.[field] ?? '';
    const here = child(path, field);
    return value === '' ? [required(here)] : invalids(here, value, pathSegment(value));
  });
  const apiVersion = reference?.apiVersion ?? '';
  if (apiVersion.split('/').length <= 2) return errors;
  return [...errors, invalid(child(path, 'apiVersion'), apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
}

function validateMetric(metric: Given<MetricSpec>, path: Path): readonly FieldError[] {
  const { type = '' } = metric;
  if (type === '') return [required(child(path, 'type'), 'must specify a metric source type')];
  const known = SOURCES.find((source) => source === type);
  if (known === undefined) return [notSupported(child(path, 'type'), type, SOURCES.toSorted())];
  const field = FIELD_OF[known];
  const others = SOURCES.filter((source) => source !== known && metric[FIELD_OF[source]] !== undefined).map((source) =>
    forbidden(child(path, FIELD_OF[source]), 'must populate the given metric source only'),
  );
  if (metric[field] === undefined) {
    return [...others, required(child(path, field), 'must populate information for the given metric source')];
  }
  return [...others, ...validateSource(metric, child(path, field))];
}

function validateSource(metric: Given<MetricSpec>, path: Path): readonly FieldError[] {
  const { resource, containerResource, pods, object, external } = metric;
  const errors: FieldError[] = [];
  if (resource !== undefined || containerResource !== undefined) {
    const source = resource ?? containerResource ?? {};
    if ((source.name ?? '') === '') errors.push(required(child(path, 'name'), 'must specify a resource name'));
    if (containerResource !== undefined && (containerResource.container ?? '') === '') {
      errors.push(required(child(path, 'container'), 'must specify a container'));
    }
    const { averageUtilization, averageValue } = source.target ?? {};
    if (averageUtilization === undefined && averageValue === undefined) {
      const detail = 'must set either a target raw value or a target utilization';
      errors.push(required(child(path, 'target', 'averageUtilization'), detail));
    }
    if (averageUtilization !== undefined && averageValue !== undefined) {
      const detail = 'may not set both a target raw value and a target utilization';
      errors.push(forbidden(child(path, 'target', 'averageValue'), detail));
    }
    return [...errors, ...validateTarget(source.target ?? {}, child(path, 'target'))];
  }
  const source = pods ?? object ?? external ?? {};
  if (object !== undefined) errors.push(...validateReference(object.describedObject, child(path, 'describedObject')));
  const name = source.metric?.name ?? '';
  if (name === '') errors.push(required(child(path, 'metric', 'name')));
  else errors.push(...invalids(child(path, 'metric', 'name'), name, pathSegment(name)));
  errors.push(...validateLabelSelector(source.metric?.selector, child(path, 'metric', 'selector')));
  errors.push(...validateTarget(source.target ?? {}, child(path, 'target')));
  return [...errors, ...validateTargetValues(metric, source.target ?? {}, child(path, 'target'))];
}

/** Which values the target of a source that is no resource needs. */
function validateTargetValues(
  { pods, object }: Given<MetricSpec>,
  { value, averageValue }: Given<MetricTarget>,
  path: Path,
): readonly FieldError[] {
  const average = child(path, 'averageValue');
  if (pods !== undefined) {
    const positive = (parseQuantity(averageValue ?? '')?.nanos ?? 0n) > 0n;
    return positive ? [] : [required(average, 'must specify a positive target averageValue')];
  }
  if (value === undefined && averageValue === undefined) {
    const detail =
      object === undefined
        ? 'must set either a target value for metric or a per-pod target'
        : 'must set either a target value or averageValue';
    return [required(average, detail)];
  }
  if (object !== undefined || value === undefined || averageValue === undefined) return [];
  return [forbidden(child(path, 'value'), 'may not set both a target value for metric and a per-pod target')];
}

function validateTarget(target: Given<MetricTarget>, path: Path): readonly FieldError[] {
  const { type = '', averageUtilization } = target;
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(child(path, 'type'), 'must specify a metric target type'));
  else if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    const detail = 'must be either Utilization, Value, or AverageValue';
    errors.push(invalid(child(path, 'type'), type, detail));
  }
  for (const field of ['value', 'averageValue'] as const) {
    const text = target[field];
    if (text !== undefined && (parseQuantity(text)?.nanos ?? 0n) <= 0n) {
      errors.push(invalid(child(path, field), text, 'must be positive'));
    }
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(invalid(child(path, 'averageUtilization'), averageUtilization, 'must be greater than 0'));
  }
  return errors;
}

function validateScaling(rules: Given<HPAScalingRules> | undefined, path: Path): readonly FieldError[] {
  if (rules === undefined) return [];
  const { stabilizationWindowSeconds: windowSeconds, selectPolicy, policies = [] } = rules;
  const windowPath = child(path, 'stabilizationWindowSeconds');
  const errors = [...validateNonNegative(windowSeconds, windowPath)];
  if (windowSeconds !== undefined && windowSeconds > MAXIMUM_STABILIZATION_SECONDS) {
    errors.push(invalid(windowPath, windowSeconds, `must be less than or equal to ${MAXIMUM_STABILIZATION_SECONDS}`));
  }
  const choices = ['Disabled', 'Max', 'Min'];
  if (selectPolicy !== undefined && !choices.includes(selectPolicy)) {
    errors.push(notSupported(child(path, 'selectPolicy'), selectPolicy, choices));
  }
  if (policies.length === 0) errors.push(required(child(path, 'policies'), 'must specify at least one Policy'));
  return [...errors, ...policies.flatMap((policy, at) => validatePolicy(policy, index(child(path, 'policies'), at)))];
}

function validatePolicy(
  { type = '', value = 0, periodSeconds = 0 }: Given<HPAScalingPolicy>,
  path: Path,
): FieldError[] {
  const errors: FieldError[] = [];
  if (type !== 'Pods' && type !== 'Percent') errors.push(notSupported(child(path, 'type'), type, ['Percent', 'Pods']));
  if (value <= 0) errors.push(invalid(child(path, 'value'), value, 'must be greater than zero'));
  const here = child(path, 'periodSeconds');
  if (periodSeconds <= 0) errors.push(invalid(here, periodSeconds, 'must be greater than zero'));
  if (periodSeconds > MAXIMUM_PERIOD_SECONDS) {
    errors.push(invalid(here, periodSeconds, `must be less than or equal to ${MAXIMUM_PERIOD_SECONDS}`));
  }
  return errors;
}
