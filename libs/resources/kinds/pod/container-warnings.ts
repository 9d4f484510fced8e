import type { EnvVar, PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { child, index, key, type Path } from '../../validation/field.ts';
import { quoted } from '../../validation/go-syntax.ts';
import type { GivenMap } from '../../validation/labels.ts';
import { APPARMOR_PREFIX, SECCOMP_PREFIX } from '../../validation/pod/annotations.ts';
import { type PlacedContainer, placedContainers } from '../../validation/pod/visit.ts';
import { SECCOMP_WITHOUT_EFFECT } from './profile-warnings.ts';

/** Names that stand twice in lists of which clients believe each is one of its kind. */
export function listWarnings(spec: Given<PodSpec>, path: Path): readonly string[] {
  const aliases = child(path, 'hostAliases');
  const secrets = child(path, 'imagePullSecrets');
  const names = (spec.imagePullSecrets ?? []).map(({ name = '' }) => name);
  return [
    ...twice((spec.hostAliases ?? []).map(({ ip = '' }) => ip)).map(
      ([at, ip]) => `${child(index(aliases, at), 'ip')}: duplicate ip ${quoted(ip)}`,
    ),
    ...twice(names).map(([at, name]) => `${child(index(secrets, at), 'name')}: duplicate name ${quoted(name)}`),
    ...names.flatMap((name, at) =>
      name === '' ? [`${child(index(secrets, at), 'name')}: invalid empty name ${quoted(name)}`] : [],
    ),
  ];
}

/** Each text that was there before, with where it stands. */
function twice(texts: readonly string[]): readonly (readonly [number, string])[] {
  const seen = new Set<string>();
  return [...texts.entries()].filter(([, text]) => {
    const isThere = seen.has(text);
    seen.add(text);
    return isThere;
  });
}

export function overheadWarnings(overhead: GivenMap | undefined, path: Path): readonly string[] {
  return IN_BYTES.flatMap((name) => fractionWarning(overhead?.[name], key(path, name)));
}

/** What is hardly meant of each container, of any kind. */
export function containerWarnings(
  spec: Given<PodSpec>,
  path: Path,
  annotations: GivenMap | undefined,
  annotationsPath: Path,
): readonly string[] {
  const warnings: string[] = [];
  for (const placed of placedContainers(spec, path)) {
    if (annotations !== undefined) warnings.push(...annotated(placed, spec, annotations, annotationsPath));
    warnings.push(...amountWarnings(placed), ...duplicateEnv(placed));
  }
  return warnings;
}

/** Profiles that are given by annotations alone. */
function annotated(
  { container }: PlacedContainer,
  spec: Given<PodSpec>,
  annotations: GivenMap,
  path: Path,
): readonly string[] {
  const name = container.name ?? '';
  const warnings: string[] = [];
  const seccomp = `${SECCOMP_PREFIX}${name}`;
  if (annotations[seccomp] !== undefined && container.securityContext?.seccompProfile === undefined) {
    warnings.push(`${key(path, seccomp)}: ${SECCOMP_WITHOUT_EFFECT}`);
  }
  const apparmor = `${APPARMOR_PREFIX}${name}`;
  // A pod has the field by now, and its client should have given it.
  const isPod = path === 'metadata.annotations';
  const field = container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
  if (annotations[apparmor] !== undefined && (isPod || field === undefined)) {
    warnings.push(`${key(path, apparmor)}: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
  return warnings;
}

const IN_BYTES = ['memory', 'ephemeral-storage'] as const;
const NANOS_PER_BYTE = 1_000_000_000n;

/** Fractions of a byte mean nothing: `memory: 100m` was surely meant as `100M`. */
function amountWarnings({ container, path }: PlacedContainer): readonly string[] {
  const { resources } = container;
  if (resources?.limits === undefined && resources?.requests === undefined) return [];
  return IN_BYTES.flatMap((name) =>
    (['limits', 'requests'] as const).flatMap((list) =>
      fractionWarning(resources[list]?.[name], key(child(path, 'resources', list), name)),
    ),
  );
}

export function fractionWarning(text: string | undefined, path: Path): readonly string[] {
  if (text === undefined || (parseQuantity(text)?.nanos ?? 0n) % NANOS_PER_BYTE === 0n) return [];
  return [`${path}: fractional byte value ${quoted(text)} is invalid, must be an integer`];
}

/** A variable that takes another's place; one whose value contains the other's extends it, which is fine. */
function duplicateEnv({ container, path }: PlacedContainer): readonly string[] {
  const variables: readonly Given<EnvVar>[] = container.env ?? [];
  if (variables.length < 2) return [];
  return twice(variables.map(({ name = '' }) => name)).flatMap(([at, name]) => {
    const { value = '', valueFrom } = variables[at] ?? {};
    const reference = `$(${name})`;
    if (valueFrom === undefined && value !== reference && value.includes(reference)) return [];
    const here = index(child(path, 'env'), at);
    return [`${here}: hides previous definition of ${quoted(name)}, which may be dropped when using apply`];
  });
}
