import type { FieldError } from '../../field-error.ts';
import type { DownwardAPIVolumeFile, ProjectedVolumeSource, VolumeProjection } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, forbidden, index, invalid, type Path, required } from '../field.ts';
import { validateFieldRef, validateResourceFieldRef, VOLUME_FIELDS } from './field-refs.ts';
import { validateLocalPath } from './paths.ts';
import { validateItems, validateMode } from './files.ts';

const TOKEN_MINIMUM_SECONDS = 600;
const TOKEN_MAXIMUM_SECONDS = 2 ** 32;
const CONFLICT = 'conflicting duplicate paths';

/** Files that show fields of the pod; faults stand at the volume's own path, as Kubernetes reports them. */
export function validateDownwardFiles(
  files: readonly Given<DownwardAPIVolumeFile>[],
  path: Path,
): readonly FieldError[] {
  return files.flatMap((file) => {
    const errors = (file.path ?? '') === '' ? [required(child(path, 'path'))] : [];
    errors.push(...validateLocalPath(file.path ?? '', child(path, 'path')));
    if (file.fieldRef !== undefined) {
      errors.push(...validateFieldRef(file.fieldRef, VOLUME_FIELDS, child(path, 'fieldRef')));
      if (file.resourceFieldRef !== undefined) {
        errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
      }
    } else if (file.resourceFieldRef !== undefined) {
      errors.push(...validateResourceFieldRef(file.resourceFieldRef, child(path, 'resourceFieldRef'), true));
    } else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
    return [...errors, ...validateMode(file.mode, child(path, 'mode'))];
  });
}

/** A volume made of several sources, no two of which may write the same file. */
export function validateProjected(source: Given<ProjectedVolumeSource>, path: Path): readonly FieldError[] {
  const taken = new Set<string>();
  return [
    ...validateMode(source.defaultMode, child(path, 'defaultMode')),
    ...(source.sources ?? []).flatMap((one, at) =>
      validateProjection(one, path, index(child(path, 'sources'), at), taken),
    ),
  ];
}

function validateProjection(
  one: Given<VolumeProjection>,
  volume: Path,
  path: Path,
  taken: Set<string>,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const claim = (file: string | undefined, shown: string): void => {
    if (file === undefined || file === '') return;
    if (taken.has(file)) errors.push(invalid(volume, shown, CONFLICT));
    taken.add(file);
  };
  for (const kind of ['secret', 'configMap'] as const) {
    const projection = one[kind];
    if (projection === undefined) continue;
    if ((projection.name ?? '') === '') errors.push(required(child(path, kind, 'name')));
    errors.push(...validateItems(projection.items, child(path, kind, 'items')));
    for (const item of projection.items ?? []) claim(item.path, projection.name ?? '');
  }
  if (one.downwardAPI !== undefined) {
    errors.push(...validateDownwardFiles(one.downwardAPI.items ?? [], child(path, 'downwardAPI')));
    for (const file of one.downwardAPI.items ?? []) claim(file.path, file.path ?? '');
  }
  errors.push(...validateToken(one.serviceAccountToken, volume, child(path, 'serviceAccountToken')));
  if (one.clusterTrustBundle !== undefined) {
    const bundle = one.clusterTrustBundle;
    const here = child(path, 'clusterTrustBundle');
    if (bundle.name === undefined && bundle.signerName === undefined) {
      errors.push(required(here, 'either name or signerName must be specified'));
    }
    if ((bundle.path ?? '') === '') errors.push(required(child(here, 'path')));
    errors.push(...validateLocalPath(bundle.path ?? '', child(here, 'path')));
    claim(bundle.path, bundle.path ?? '');
  }
  const kinds = Object.values(one).filter((value) => value !== undefined).length;
  if (kinds > 1) errors.push(forbidden(path, 'may not specify more than 1 volume type per source'));
  return errors;
}

function validateToken(
  token: Given<VolumeProjection>['serviceAccountToken'],
  volume: Path,
  path: Path,
): readonly FieldError[] {
  if (token === undefined) return [];
  const seconds = token.expirationSeconds ?? 0;
  const here = child(path, 'expirationSeconds');
  const errors: FieldError[] = [];
  if (seconds < TOKEN_MINIMUM_SECONDS)
    errors.push(invalid(here, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > TOKEN_MAXIMUM_SECONDS)
    errors.push(invalid(here, seconds, 'may not specify a duration larger than 2^32 seconds'));
  if ((token.path ?? '') === '') return [...errors, required(child(volume, 'path'))];
  return [...errors, ...validateLocalPath(token.path ?? '', child(volume, 'path'))];
}
