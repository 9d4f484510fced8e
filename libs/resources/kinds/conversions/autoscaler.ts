import type { ConversionSteps } from '../../conversion.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';

/*
 * autoscaling/v1 knows one metric, the CPU's utilization. What else a v2 object holds is kept in annotations, in the form
 * clients of v1 have always found there, so that nothing is lost when one writes back what it read.
 */

const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
const ANNOTATIONS: readonly string[] = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];

function objectAt(object: JsonObject | undefined, name: string): JsonObject {
  const value = object?.[name];
  return isJsonObject(value) ? value : {};
}

function listAt(object: JsonObject, name: string): readonly JsonObject[] {
  const value = object[name];
  return Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : [];
}

/** An object without the members that are undefined. */
function present(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** The utilization aimed at, or reported, if this metric is the one v1 has a field for. */
function cpuUtilization(metric: JsonObject, place: 'target' | 'current'): JsonValue | undefined {
  const resource = objectAt(metric, 'resource');
  if (metric['type'] !== 'Resource' || resource['name'] !== 'cpu') return undefined;
  return objectAt(resource, place)['averageUtilization'];
}

function fromStorage(object: JsonObject): JsonObject {
  const [metadata, spec, status] = [objectAt(object, 'metadata'), objectAt(object, 'spec'), objectAt(object, 'status')];
  const metrics = listAt(spec, 'metrics');
  const current = listAt(status, 'currentMetrics');
  const isCpu = (metric: JsonObject): boolean => cpuUtilization(metric, 'target') !== undefined;
  const cpu = metrics.find(isCpu);
  const currentCpu = current.find((metric) => cpuUtilization(metric, 'current') !== undefined);
  const others = metrics.filter((metric) => metric !== cpu);
  const kept = {
    [METRICS]: others.length === 0 ? undefined : JSON.stringify(others.map((metric) => v1Metric(metric, 'target'))),
    [CURRENT_METRICS]:
      current.length === 0 ? undefined : JSON.stringify(current.map((metric) => v1Metric(metric, 'current'))),
    [CONDITIONS]: listAt(status, 'conditions').length === 0 ? undefined : JSON.stringify(status['conditions']),
    [BEHAVIOR]: spec['behavior'] === undefined ? undefined : JSON.stringify(spec['behavior']),
  };
  const annotations = present({ ...objectAt(metadata, 'annotations'), ...kept });
  const { currentMetrics: _metrics, conditions: _conditions, ...restOfStatus } = status;
  return present({
    ...object,
    metadata: present({
      ...metadata,
      annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
    }),
    spec: present({
      scaleTargetRef: spec['scaleTargetRef'],
      minReplicas: spec['minReplicas'],
      maxReplicas: spec['maxReplicas'],
      targetCPUUtilizationPercentage: cpu === undefined ? undefined : cpuUtilization(cpu, 'target'),
    }),
    status: present({
      currentReplicas: 0,
      desiredReplicas: 0,
      ...restOfStatus,
      currentCPUUtilizationPercentage: currentCpu === undefined ? undefined : cpuUtilization(currentCpu, 'current'),
    }),
  });
}

/** A v2 object again. An annotation that holds no such JSON is left where it is, as any other annotation. */
function toStorage(object: JsonObject): JsonObject {
  const [metadata, spec, status] = [objectAt(object, 'metadata'), objectAt(object, 'spec'), objectAt(object, 'status')];
  const annotations = { ...objectAt(metadata, 'annotations') } as Record<string, JsonValue | undefined>;
  const held = new Map<string, JsonValue>();
  for (const name of ANNOTATIONS) {
    const value = parsed(annotations[name]);
    if (value === undefined || Array.isArray(value) === (name === BEHAVIOR)) continue;
    held.set(name, value);
    delete annotations[name];
  }
  const { targetCPUUtilizationPercentage: cpuTarget, ...restOfSpec } = spec;
  const { currentCPUUtilizationPercentage: cpuCurrent, ...restOfStatus } = status;
  const cpu = (place: 'target' | 'current', utilization: JsonValue): JsonObject => ({
    type: 'Resource',
    resource: {
      name: 'cpu',
      [place]: { ...(place === 'target' ? { type: 'Utilization' } : {}), averageUtilization: utilization },
    },
  });
  const metrics = [
    ...(cpuTarget === undefined ? [] : [cpu('target', cpuTarget)]),
    ...metricsOf(held.get(METRICS), 'target'),
  ];
  const reported = metricsOf(held.get(CURRENT_METRICS), 'current');
  const current = reported.length > 0 || cpuCurrent === undefined ? reported : [cpu('current', cpuCurrent)];
  const behavior = held.get(BEHAVIOR);
  const conditions = held.get(CONDITIONS);
  return present({
    ...object,
    metadata: present({
      ...metadata,
      annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
    }),
    spec: present({ ...restOfSpec, metrics: metrics.length === 0 ? undefined : metrics, behavior }),
    ...(object['status'] === undefined
      ? {}
      : {
          status: present({ ...restOfStatus, currentMetrics: current.length === 0 ? undefined : current, conditions }),
        }),
  });
}

function parsed(text: JsonValue | undefined): JsonValue | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function metricsOf(value: JsonValue | undefined, place: 'target' | 'current'): readonly JsonObject[] {
  const list = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  return list.filter((item) => isJsonObject(item)).map((metric) => v2Metric(metric, place));
}

const SOURCES = ['resource', 'containerResource', 'pods', 'object', 'external'] as const;

/** `target` and `Value` as in `targetValue`, `currentAverageUtilization`: how v1 names the members of a metric's value. */
function v1Names(source: string, place: 'target' | 'current'): Readonly<Record<string, string>> {
  const own = source === 'object' ? 'averageValue' : `${place}AverageValue`;
  return { averageUtilization: `${place}AverageUtilization`, averageValue: own, value: `${place}Value` };
}

function v1Metric(metric: JsonObject, place: 'target' | 'current'): JsonObject {
  const source = SOURCES.find((name) => metric[name] !== undefined);
  if (source === undefined) return metric;
  const { metric: identifier, describedObject, [place]: value, ...rest } = objectAt(metric, source);
  const id = isJsonObject(identifier) ? identifier : undefined;
  const values = isJsonObject(value) ? value : {};
  const names = Object.entries(v1Names(source, place));
  return {
    type: metric['type'] ?? '',
    [source]: present({
      ...rest,
      ...(describedObject === undefined ? {} : { target: describedObject }),
      metricName: id?.['name'],
      [source === 'external' ? 'metricSelector' : 'selector']: id?.['selector'],
      ...Object.fromEntries(names.map(([v2, v1]) => [v1, values[v2]])),
    }),
  };
}

function v2Metric(metric: JsonObject, place: 'target' | 'current'): JsonObject {
  const source = SOURCES.find((name) => metric[name] !== undefined);
  if (source === undefined) return metric;
  const { metricName, metricSelector, selector, target, ...rest } = objectAt(metric, source);
  const values: Record<string, JsonValue> = {};
  const others: Record<string, JsonValue | undefined> = { ...rest };
  for (const [v2, v1] of Object.entries(v1Names(source, place))) {
    const value = others[v1];
    delete others[v1];
    if (value !== undefined) values[v2] = value;
  }
  if (place === 'target') {
    const types: Readonly<Record<string, string>> = { averageUtilization: 'Utilization', averageValue: 'AverageValue' };
    const kind = ['averageUtilization', 'averageValue'].find((name) => values[name] !== undefined);
    values['type'] = kind === undefined ? 'Value' : (types[kind] ?? 'Value');
  }
  return {
    type: metric['type'] ?? '',
    [source]: present({
      ...others,
      ...(source === 'object' && target !== undefined ? { describedObject: target } : {}),
      ...(metricName === undefined
        ? {}
        : { metric: present({ name: metricName, selector: metricSelector ?? selector }) }),
      [place]: values,
    }),
  };
}

/** Autoscalers of `autoscaling/v1`, stored as `autoscaling/v2`. */
export const autoscalerConversion: ConversionSteps = { toStorage, fromStorage };
