import type { Pod, PodSpec, PodTemplateSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Label } from '../../syntax/names.ts';
import { child, index, type Path } from '../../validation/field.ts';
import { goTexts } from '../../validation/go-syntax.ts';
import type { GivenMap } from '../../validation/labels.ts';
import { ipWarnings } from '../../syntax/ip-warnings.ts';
import { affinityWarnings, selectorWarnings, spreadWarnings } from './placement-warnings.ts';
import { annotationWarnings, profileWarnings } from './profile-warnings.ts';
import { containerWarnings, listWarnings, overheadWarnings } from './container-warnings.ts';
import { portWarnings } from './port-warnings.ts';
import { volumeWarnings } from './volume-warnings.ts';

/**
 * Warnings for a new pod: things that are accepted but hardly meant. Who changes a pod that is there is a program as a
 * rule, and is told nothing.
 */
export function podWarnings(pod: Given<Pod>, previous?: Given<Pod>): readonly string[] {
  if (previous !== undefined) return [];
  const name = pod.metadata?.name ?? '';
  const faults = dns1123Label(name);
  const warnings = faults.length === 0 ? [] : [`${HOSTNAME}: ${goTexts(faults)}`];
  return [...warnings, ...specWarnings(pod.spec ?? {}, '', pod.metadata?.annotations)];
}

const HOSTNAME =
  "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";

/** Warnings for what is reported of a pod. */
export function podStatusWarnings({ status = {} }: Given<Pod>): readonly string[] {
  return (['podIPs', 'hostIPs'] as const).flatMap((field) =>
    (status[field] ?? []).flatMap(({ ip = '' }, at) => ipWarnings(child(index(child('status', field), at), 'ip'), ip)),
  );
}

/** The same for the template of a workload. */
export function templateWarnings(
  template: Given<PodTemplateSpec> | undefined,
  path: Path = 'spec.template',
): readonly string[] {
  return specWarnings(template?.spec ?? {}, path, template?.metadata?.annotations);
}

/** `path` is that of the template, '' for a pod. */
function specWarnings(spec: Given<PodSpec>, path: Path, annotations: GivenMap | undefined): readonly string[] {
  const here = child(path, 'spec');
  const notes = child(path, 'metadata', 'annotations');
  const grace = spec.terminationGracePeriodSeconds ?? 0;
  return [
    ...selectorWarnings(spec, here),
    ...spreadWarnings(spec, here),
    ...annotationWarnings(annotations, notes),
    ...volumeWarnings(spec.volumes ?? [], child(here, 'volumes')),
    ...listWarnings(spec, here),
    ...overheadWarnings(spec.overhead, child(here, 'overhead')),
    ...profileWarnings(annotations, spec, notes),
    ...containerWarnings(spec, here, annotations, notes),
    ...portWarnings(spec, here),
    ...(grace < 0
      ? [
          `${child(here, 'terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...affinityWarnings(spec, child(here, 'affinity')),
    ...resolverWarnings(spec, here),
  ];
}

function resolverWarnings(spec: Given<PodSpec>, path: Path): readonly string[] {
  const servers = child(path, 'dnsConfig', 'nameservers');
  return [
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((server, at) => ipWarnings(index(servers, at), server)),
    ...(spec.hostAliases ?? []).flatMap(({ ip = '' }, at) =>
      ipWarnings(child(index(child(path, 'hostAliases'), at), 'ip'), ip),
    ),
  ];
}
