import type { Container, EnvVar, Pod, PodSpec, PodTemplateSpec, Volume } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { quoted } from '../../validation/go-syntax.ts';
import { child, index, key, type Path } from '../../validation/field.ts';
import type { GivenMap } from '../../validation/labels.ts';

/** Warnings for a pod: things that are accepted but hardly meant. */
export function podWarnings(pod: Given<Pod>): readonly string[] {
  return specWarnings(pod.spec ?? {}, 'spec', pod.metadata?.annotations, 'metadata.annotations');
}

/** The same for the template of a workload. */
export function templateWarnings(
  template: Given<PodTemplateSpec> | undefined,
  path: Path = 'spec.template',
): readonly string[] {
  return specWarnings(
    template?.spec ?? {},
    child(path, 'spec'),
    template?.metadata?.annotations,
    child(path, 'metadata', 'annotations'),
  );
}

const OLD_NODE_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

function specWarnings(
  spec: Given<PodSpec>,
  path: Path,
  annotations: GivenMap | undefined,
  annotationsPath: Path,
): readonly string[] {
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((label) =>
      oldNodeLabel(label, key(child(path, 'nodeSelector'), label)),
    ),
    ...(spec.volumes ?? []).flatMap((volume, at) => volumeWarnings(volume, index(child(path, 'volumes'), at))),
    ...secretNameWarnings(spec, path),
    ...annotationWarnings(annotations ?? {}, annotationsPath),
    ...(['initContainers', 'containers'] as const).flatMap((field) =>
      (spec[field] ?? []).flatMap((one, at) => containerWarnings(one, index(child(path, field), at))),
    ),
    ...portWarnings(spec.containers ?? [], child(path, 'containers')),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [
          `${child(path, 'terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
  ];
}

/** Warns of a label of nodes that has another name now. */
export function oldNodeLabel(label: string, path: Path): readonly string[] {
  const current = OLD_NODE_LABELS[label];
  return current === undefined ? [] : [`${path}: deprecated since v1.17; use "${current}" instead`];
}

function volumeWarnings(volume: Given<Volume>, path: Path): readonly string[] {
  const deprecated: readonly (readonly [keyof Volume, string])[] = [
    ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
    ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
    ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
    ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
    ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
    ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
    ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
    ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
  ];
  return deprecated
    .filter(([field]) => volume[field] !== undefined)
    .map(([field, why]) => `${child(path, field)}: ${why}`);
}

function secretNameWarnings(spec: Given<PodSpec>, path: Path): readonly string[] {
  return (spec.imagePullSecrets ?? []).flatMap(({ name = '' }, at) => {
    const here = index(child(path, 'imagePullSecrets'), at);
    return name === '' ? [`${here}: invalid empty name ${quoted(name)}`] : [];
  });
}

function annotationWarnings(annotations: GivenMap, path: Path): readonly string[] {
  const found: string[] = [];
  for (const name of Object.keys(annotations)) {
    const here = key(path, name);
    if (name === 'seccomp.security.alpha.kubernetes.io/pod') {
      found.push(`${here}: non-functional in v1.27+; use the "seccompProfile" field instead`);
    } else if (name.startsWith('container.seccomp.security.alpha.kubernetes.io/')) {
      found.push(`${here}: non-functional in v1.27+; use the "seccompProfile" field instead`);
    } else if (name.startsWith('container.apparmor.security.beta.kubernetes.io/')) {
      found.push(`${here}: deprecated since v1.30; use the "appArmorProfile" field instead`);
    } else if (name === 'scheduler.alpha.kubernetes.io/critical-pod') {
      found.push(`${here}: non-functional in v1.16+; use the "priorityClassName" field instead`);
    }
  }
  return found;
}

function containerWarnings(container: Given<Container>, path: Path): readonly string[] {
  return [...duplicateEnv(container.env ?? [], child(path, 'env')), ...fractionWarnings(container, path)];
}

function duplicateEnv(variables: readonly Given<EnvVar>[], path: Path): readonly string[] {
  const seen = new Map<string, string>();
  return variables.flatMap(({ name = '', value = '' }, at) => {
    const previous = seen.get(name);
    if (name !== '' && previous === undefined) seen.set(name, value);
    // Naming itself in its value is how a variable extends the one before it.
    const extendsItself = value.includes(`$(${name})`);
    if (name === '' || previous === undefined || extendsItself) return [];
    return [`${index(path, at)}: hides previous definition of ${quoted(name)}, which may be unexpected`];
  });
}

/** Fractions of a byte mean nothing: `memory: 100m` was surely meant as `100M`. */
function fractionWarnings(container: Given<Container>, path: Path): readonly string[] {
  const found: string[] = [];
  for (const field of ['limits', 'requests'] as const) {
    for (const name of ['memory', 'ephemeral-storage']) {
      const text = container.resources?.[field]?.[name];
      if (text === undefined || !text.endsWith('m')) continue;
      const here = key(child(path, 'resources', field), name);
      found.push(`${here}: fractional byte value ${quoted(text)} is invalid, must be an integer`);
    }
  }
  return found;
}

function portWarnings(containers: readonly Given<Container>[], path: Path): readonly string[] {
  const seen = new Map<string, string>();
  return containers.flatMap((container, at) =>
    (container.ports ?? []).flatMap((port, portAt) => {
      const here = index(child(index(path, at), 'ports'), portAt);
      const identity = `${port.containerPort ?? 0}/${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort ?? 0}`;
      const previous = seen.get(identity);
      seen.set(identity, here);
      return previous === undefined ? [] : [`${here}: duplicate port definition with ${previous}`];
    }),
  );
}
