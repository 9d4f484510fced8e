import type { FieldError } from '../../field-error.ts';
import type { PersistentVolumeSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { child, forbidden, invalids, type Path, required, tooLong } from '../../validation/field.ts';
import { needed } from '../../validation/pod/files.ts';
import { validateNoBacksteps } from '../../validation/pod/paths.ts';
import { type SourceName, sourceRules } from '../../validation/pod/volume-sources.ts';

const DRIVER_CHARACTERS = 63;
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
    ...validateSource(first, spec, child('spec', first)),
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
    const { driver = '' } = spec.csi ?? {};
    const here = child(path, 'driver');
    const errors = needed(spec.csi ?? {}, path, 'driver', 'volumeHandle');
    if (driver.length > DRIVER_CHARACTERS) errors.push(tooLong(here, DRIVER_CHARACTERS));
    if (driver !== '') errors.push(...invalids(here, driver, dns1123Subdomain(driver.toLowerCase())));
    return errors;
  }
  // All others have in a pod's volume what they have here.
  const rule = sourceRules[name as SourceName] as Rule | undefined;
  return rule?.(spec[name as keyof PersistentVolumeSpec], path) ?? [];
}
