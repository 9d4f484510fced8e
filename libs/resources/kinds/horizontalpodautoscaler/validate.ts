import { assertNever } from '@taffrail/platform/assert';
import type { FieldError } from '../../field-error.ts';
import type {
  ContainerResourceMetricSource,
  HPAScalingPolicy,
  HPAScalingRules,
  MetricSpec,
  MetricTarget,
  PodsMetricSource,
  V2CrossVersionObjectReference,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerSpec as AutoscalerSpec,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Label, pathSegment } from '../../syntax/names.ts';
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
import { NEGATIVE } from '../../validation/phrases.ts';
import { parseQuantity } from '../../syntax/quantity.ts';

/** In the order they are looked at: only the first that is there is looked into. */
const SOURCES = ['Object', 'External', 'Pods', 'Resource', 'ContainerResource'] as const;
type Source = (typeof SOURCES)[number];
const FIELD_OF = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
} as const satisfies Record<Source, keyof MetricSpec>;

/** Longest time a scaling policy or stabilization may look back, in seconds. */
const MAXIMUM_PERIOD_SECONDS = 1800;
const MAXIMUM_STABILIZATION_SECONDS = 3600;

export function validateAutoscaler(
  { spec = {} }: Given<V2HorizontalPodAutoscaler>,
  previous?: Given<V2HorizontalPodAutoscaler>,
): readonly FieldError[] {
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
    ...validateReference(spec.scaleTargetRef, 'spec.scaleTargetRef', targetVersionFault(spec, previous?.spec)),
    ...(spec.metrics ?? []).flatMap((metric, at) => validateMetric(metric, index('spec.metrics', at))),
    ...(['scaleUp', 'scaleDown'] as const).flatMap((direction) =>
      validateScaling(spec.behavior?.[direction], `spec.behavior.${direction}`),
    ),
  ];
}

/** What is wrong with the version of what is scaled; whoever had a wrong one before may keep it. */
function targetVersionFault(spec: Given<AutoscalerSpec>, before?: Given<AutoscalerSpec>): string | undefined {
  const isOld = before !== undefined && targetVersionFault(before) !== undefined;
  if (isOld) return undefined;
  const { apiVersion = '', kind } = spec.scaleTargetRef ?? {};
  const fault = versionFault(apiVersion);
  // Of what can be scaled only replication controllers are in the group without a name.
  if (fault !== undefined || apiVersion.includes('/') || kind === 'ReplicationController') return fault;
  return 'apiVersion must specify API group';
}

function versionFault(apiVersion: string): string | undefined {
  return apiVersion.split('/').length > 2 ? `unexpected GroupVersion string: ${apiVersion}` : undefined;
}

function validateReference(
  reference: Given<V2CrossVersionObjectReference> | undefined,
  path: Path,
  fault: string | undefined,
): readonly FieldError[] {
  const errors = (['kind', 'name'] as const).flatMap((field) => {
    const value = reference?.[field] ?? '';
    const here = child(path, field);
    return value === '' ? [required(here)] : invalids(here, value, pathSegment(value));
  });
  if (fault === undefined) return errors;
  return [...errors, invalid(child(path, 'apiVersion'), reference?.apiVersion ?? '', fault)];
}

function validateMetric(metric: Given<MetricSpec>, path: Path): readonly FieldError[] {
  const { type = '' } = metric;
  const typePath = child(path, 'type');
  const known = SOURCES.find((source) => source === type);
  const present = SOURCES.filter((source) => metric[FIELD_OF[source]] !== undefined);
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(typePath, 'must specify a metric source type'));
  // Kubernetes looks twice, before and after the sources.
  const unknown = known === undefined ? [notSupported(typePath, type, SOURCES.toSorted())] : [];
  errors.push(...unknown);
  const [first] = present;
  if (first !== undefined) errors.push(...validateSource(first, metric, child(path, FIELD_OF[first])));
  errors.push(...unknown);
  if (known !== undefined && !present.includes(known)) {
    errors.push(required(child(path, FIELD_OF[known]), 'must populate information for the given metric source'));
  }
  if (present.length === 1) return errors;
  const others = present.filter((source) => source !== known);
  return [
    ...errors,
    ...others.map((source) => forbidden(child(path, FIELD_OF[source]), 'must populate the given metric source only')),
  ];
}

function validateSource(source: Source, metric: Given<MetricSpec>, path: Path): readonly FieldError[] {
  const { object, pods, external } = metric;
  switch (source) {
    case 'Resource':
    case 'ContainerResource':
      return validateResourceSource(metric[FIELD_OF[source]] ?? {}, source === 'ContainerResource', path);
    case 'Object':
      return [
        ...validateReference(
          object?.describedObject,
          child(path, 'describedObject'),
          versionFault(object?.describedObject?.apiVersion ?? ''),
        ),
        ...validateNamedSource(source, object ?? {}, path),
      ];
    case 'Pods':
      return validateNamedSource(source, pods ?? {}, path);
    case 'External':
      return validateNamedSource(source, external ?? {}, path);
    default:
      return assertNever(source);
  }
}

function validateResourceSource(
  source: Given<ContainerResourceMetricSource>,
  isOfContainer: boolean,
  path: Path,
): readonly FieldError[] {
  const { name = '', container = '', target = {} } = source;
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(child(path, 'name'), 'must specify a resource name'));
  if (isOfContainer && container === '') {
    errors.push(required(child(path, 'container'), 'must specify a container'));
  } else if (isOfContainer) {
    errors.push(...invalids(child(path, 'container'), container, dns1123Label(container)));
  }
  errors.push(...validateTarget(target, child(path, 'target')));
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = 'must set either a target raw value or a target utilization';
    errors.push(required(child(path, 'target', 'averageUtilization'), detail));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target raw value and a target utilization';
    errors.push(forbidden(child(path, 'target', 'averageValue'), detail));
  }
  return errors;
}

/** A source whose metric has a name: of pods, of an object, or from elsewhere. */
function validateNamedSource(
  source: 'Object' | 'Pods' | 'External',
  { metric, target = {} }: Given<PodsMetricSource>,
  path: Path,
): readonly FieldError[] {
  const { name = '' } = metric ?? {};
  const namePath = child(path, 'metric', 'name');
  return [
    ...(name === '' ? [required(namePath, 'must specify a metric name')] : invalids(namePath, name, pathSegment(name))),
    ...validateTarget(target, child(path, 'target')),
    ...validateTargetValues(source, target, child(path, 'target')),
  ];
}

/** Which values the target of a source that is no resource needs. */
function validateTargetValues(
  source: 'Object' | 'Pods' | 'External',
  { value, averageValue }: Given<MetricTarget>,
  path: Path,
): readonly FieldError[] {
  const average = child(path, 'averageValue');
  if (source === 'Pods') {
    const positive = (parseQuantity(averageValue ?? '')?.nanos ?? 0n) > 0n;
    return positive ? [] : [required(average, 'must specify a positive target averageValue')];
  }
  if (value === undefined && averageValue === undefined) {
    const detail =
      source === 'Object'
        ? 'must set either a target value or averageValue'
        : 'must set either a target value for metric or a per-pod target';
    return [required(average, detail)];
  }
  if (source === 'Object' || value === undefined || averageValue === undefined) return [];
  return [forbidden(child(path, 'value'), 'may not set both a target value for metric and a per-pod target')];
}

function validateTarget(target: Given<MetricTarget>, path: Path): readonly FieldError[] {
  const { type = '', averageUtilization } = target;
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(child(path, 'type'), 'must specify a metric target type'));
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
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
  const errors: FieldError[] = [];
  if (windowSeconds !== undefined && windowSeconds < 0) {
    errors.push(invalid(windowPath, windowSeconds, 'must be greater than or equal to zero'));
  }
  if (windowSeconds !== undefined && windowSeconds > MAXIMUM_STABILIZATION_SECONDS) {
    errors.push(invalid(windowPath, windowSeconds, `must be less than or equal to ${MAXIMUM_STABILIZATION_SECONDS}`));
  }
  const choices = ['Disabled', 'Max', 'Min'];
  if (selectPolicy !== undefined && !choices.includes(selectPolicy)) {
    errors.push(notSupported(child(path, 'selectPolicy'), selectPolicy, choices));
  }
  if (policies.length === 0) errors.push(required(child(path, 'policies'), 'must specify at least one Policy'));
  const { tolerance } = rules;
  const isNegative = tolerance !== undefined && (parseQuantity(tolerance)?.nanos ?? 0n) < 0n;
  return [
    ...errors,
    ...policies.flatMap((policy, at) => validatePolicy(policy, index(child(path, 'policies'), at))),
    ...(isNegative ? [invalid(child(path, 'tolerance'), tolerance, NEGATIVE)] : []),
  ];
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
