import type { MetricSpec, MetricStatus, V2HorizontalPodAutoscaler } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import type { Cell } from '../../cell.ts';

export const autoscalerColumns = [
  NAME,
  narrow('Reference', 'What it scales'),
  narrow('Targets', 'Metrics: current against target'),
  narrow('MinPods', 'Least number of pods'),
  narrow('MaxPods', 'Largest number of pods'),
  narrow('Replicas', 'Pods there are'),
  AGE,
] as const;

/** How many metrics a cell shows. */
const SHOWN = 2;
const UNKNOWN = '<unknown>';

export function autoscalerCells(autoscaler: Given<V2HorizontalPodAutoscaler>): readonly Cell[] {
  const { metadata, spec, status } = autoscaler;
  return [
    metadata?.name ?? '',
    `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`,
    targets(spec?.metrics ?? [], status?.currentMetrics ?? []),
    spec?.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
    spec?.maxReplicas ?? 0,
    status?.currentReplicas ?? 0,
    age(metadata),
  ];
}

function targets(specs: readonly Given<MetricSpec>[], statuses: readonly Given<MetricStatus>[]): string {
  if (specs.length === 0) return '<none>';
  const texts = specs.map((spec, at) => metricText(spec, statuses[at] ?? {}));
  const shown = texts.slice(0, SHOWN).join(', ');
  return texts.length > SHOWN ? `${shown} + ${texts.length - SHOWN} more...` : shown;
}

function metricText(spec: Given<MetricSpec>, status: Given<MetricStatus>): string {
  const sources = ['resource', 'containerResource', 'pods', 'object', 'external'] as const;
  const source = sources.find((name) => spec[name] !== undefined);
  if (source === undefined) return '<unknown type>';
  const target = spec[source]?.target;
  const current = status[source]?.current;
  const label = source === 'resource' || source === 'containerResource' ? `${spec[source]?.name ?? ''}: ` : '';
  if (target?.averageUtilization !== undefined) {
    const now = current?.averageUtilization;
    return `${label}${now === undefined ? UNKNOWN : `${now}%`}/${target.averageUtilization}%`;
  }
  if (target?.averageValue !== undefined) {
    const suffix = label === '' && source !== 'pods' ? ' (avg)' : '';
    return `${label}${current?.averageValue ?? UNKNOWN}/${target.averageValue}${suffix}`;
  }
  return `${label}${current?.value ?? UNKNOWN}/${target?.value ?? ''}`;
}
