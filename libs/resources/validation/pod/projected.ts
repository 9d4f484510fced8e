import type { FieldError } from '../../field-error.ts';
import type { DownwardAPIVolumeFile, ProjectedVolumeSource, VolumeProjection } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, forbidden, index, invalid, type Path, required } from '../field.ts';
import { validateFieldRef, validateResourceFieldRef, VOLUME_FIELDS } from './field-refs.ts';
import { validateItems, validateMode } from './files.ts';
import { validateLocalPath } from './paths.ts';
import { type ClaimPath, validatePodCertificate, validateTrustBundle } from './trust.ts';

const TOKEN_MINIMUM_SECONDS = 600;
const TOKEN_MAXIMUM_SECONDS = 2 ** 32;

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
    errors.push(...validateMode(file.mode, child(path, 'mode')));
    return errors;
  });
}

/** A volume made of several sources, no two of which may write the same file. */
export function validateProjected(source: Given<ProjectedVolumeSource>, path: Path): readonly FieldError[] {
  const errors = [...validateMode(source.defaultMode, child(path, 'defaultMode'))];
  const taken = new Set<string>();
  const claim: ClaimPath = (file, shown) => {
    const isTaken = taken.has(file);
    taken.add(file);
    return isTaken ? [invalid(path, shown, 'conflicting duplicate paths')] : [];
  };
  for (const [at, one] of (source.sources ?? []).entries()) {
    errors.push(...validateProjection(one, path, index(child(path, 'sources'), at), claim));
  }
  return errors;
}

function validateProjection(
  one: Given<VolumeProjection>,
  volume: Path,
  path: Path,
  claim: ClaimPath,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const kind of ['secret', 'configMap'] as const) {
    const { name = '', items = [] } = one[kind] ?? {};
    if (one[kind] === undefined) continue;
    if (name === '') errors.push(required(child(path, kind, 'name')));
    errors.push(...validateItems(items, child(path, kind, 'items'), (file) => claim(file, name)));
  }
  for (const file of one.downwardAPI?.items ?? []) {
    errors.push(...validateDownwardFiles([file], child(path, 'downwardAPI')));
    if ((file.path ?? '') !== '') errors.push(...claim(file.path ?? '', file.path ?? ''));
  }
  errors.push(...validateToken(one.serviceAccountToken, volume, child(path, 'serviceAccountToken')));
  if (one.clusterTrustBundle !== undefined) {
    errors.push(...validateTrustBundle(one.clusterTrustBundle, claim, child(path, 'clusterTrustBundle')));
  }
  if (one.podCertificate !== undefined) {
    errors.push(...validatePodCertificate(one.podCertificate, claim, child(path, 'podCertificate')));
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
  const { expirationSeconds: seconds = 0, path: file = '' } = token;
  const here = child(path, 'expirationSeconds');
  const errors: FieldError[] = [];
  if (seconds < TOKEN_MINIMUM_SECONDS) {
    errors.push(invalid(here, seconds, 'may not specify a duration less than 10 minutes'));
  }
  if (seconds > TOKEN_MAXIMUM_SECONDS) {
    errors.push(invalid(here, seconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  if (file === '') errors.push(required(child(volume, 'path')));
  else errors.push(...validateLocalPath(file, child(volume, 'path')));
  return errors;
}
