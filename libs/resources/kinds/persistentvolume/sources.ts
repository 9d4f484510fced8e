import type { FieldError } from '../../field-error.ts';
import type { PersistentVolumeSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validateDriverName } from '../../validation/csi-driver-name.ts';
import { child, forbidden, type Path, required } from '../../validation/field.ts';
import { needed } from '../../validation/pod/files.ts';
import { validateNoBacksteps } from '../../validation/pod/paths.ts';
import { type SourceName, sourcePath, sourceRules } from '../../validation/pod/volume-sources.ts';

/** Everything of a spec that says how a volume is used; all other fields say where it is. */
const USAGE: readonly string[] = [
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
];

/** The fields of a spec that say where the volume is. */
export function sourcesOf(spec: Given<PersistentVolumeSpec>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(spec).filter(([name, value]) => value !== undefined && !USAGE.includes(name)),
  );
}

/** Exactly one source, which must be complete. */
export function validateVolumeSource(spec: Given<PersistentVolumeSpec>): readonly FieldError[] {
  const [first, ...others] = Object.keys(sourcesOf(spec));
  if (first === undefined) return [required('spec', 'must specify a volume type')];
  return [
    ...validateSource(first, spec, child('spec', sourcePath(first))),
    ...others.map((source) => forbidden(child('spec', source), 'may not specify more than 1 volume type')),
  ];
}

type Rule = (source: unknown, path: Path) => readonly FieldError[];

function validateSource(name: string, spec: Given<PersistentVolumeSpec>, path: Path): readonly FieldError[] {
  if (name === 'local') {
    const { path: place = '' } = spec.local ?? {};
    const here = child(path, 'path');
    return place === '' ? [required(here)] : validateNoBacksteps(place, here);
  }
  if (name === 'csi') {
    return [
      ...validateDriverName(spec.csi?.driver ?? '', child(path, 'driver')),
      ...needed(spec.csi ?? {}, path, 'volumeHandle'),
    ];
  }
  // All others have in a pod's volume what they have here.
  const rule = sourceRules[name as SourceName] as Rule | undefined;
  return rule?.(spec[name as keyof PersistentVolumeSpec], path) ?? [];
}
