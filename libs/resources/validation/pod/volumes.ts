import type { FieldError } from '../../field-error.ts';
import type { Volume } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Label } from '../../syntax/names.ts';
import { child, duplicate, forbidden, index, invalids, type Path, required } from '../field.ts';
import { type SourceName, sourceRules } from './volume-sources.ts';

/** The valid volumes of a pod by name: what mounts may refer to. */
export type KnownVolumes = ReadonlyMap<string, Given<Volume>>;

/** Checks a pod's volumes; one with a fault cannot be mounted either. */
export function validateVolumes(
  volumes: readonly Given<Volume>[],
  path: Path,
): { readonly known: KnownVolumes; readonly errors: readonly FieldError[] } {
  const known = new Map<string, Given<Volume>>();
  const errors: FieldError[] = [];
  for (const [at, volume] of volumes.entries()) {
    const here = index(path, at);
    const name = volume.name ?? '';
    const found = [...validateSource(volume, here)];
    if (name === '') found.push(required(child(here, 'name')));
    else found.push(...invalids(child(here, 'name'), name, dns1123Label(name)));
    if (known.has(name)) found.push(duplicate(child(here, 'name'), name));
    if (found.length === 0) known.set(name, volume);
    errors.push(...found);
  }
  return { known, errors };
}

const SOURCES = Object.keys(sourceRules) as readonly SourceName[];

function validateSource(volume: Given<Volume>, path: Path): readonly FieldError[] {
  const [first, ...others] = SOURCES.filter((source) => volume[source] !== undefined);
  if (first === undefined) return [required(path, 'must specify a volume type')];
  const rule = sourceRules[first] as (source: unknown, path: Path) => readonly FieldError[];
  return [
    ...rule(volume[first], child(path, first)),
    ...others.map((source) => forbidden(child(path, source), 'may not specify more than 1 volume type')),
  ];
}
