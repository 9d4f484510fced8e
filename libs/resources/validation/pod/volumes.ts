import type { FieldError } from '../../field-error.ts';
import type { Volume } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Label, dns1123Subdomain } from '../../syntax/names.ts';
import { child, duplicate, forbidden, index, invalid, invalids, type Path, required } from '../field.ts';
import { quoted } from '../go-syntax.ts';
import { type SourceName, sourcePath, sourceRules } from './volume-sources.ts';

/** The valid volumes of a pod by name: what mounts may refer to. */
export type KnownVolumes = ReadonlyMap<string, Given<Volume>>;

/** Checks a pod's volumes; one with a fault cannot be mounted either. `podName` is '' in a template. */
export function validateVolumes(
  volumes: readonly Given<Volume>[],
  podName: string,
  path: Path,
): { readonly known: KnownVolumes; readonly errors: readonly FieldError[] } {
  const known = new Map<string, Given<Volume>>();
  const errors: FieldError[] = [];
  for (const [at, volume] of volumes.entries()) {
    const here = index(path, at);
    const name = volume.name ?? '';
    const found = [...validateSource(volume, podName, here)];
    if (name === '') found.push(required(child(here, 'name')));
    else found.push(...invalids(child(here, 'name'), name, dns1123Label(name)));
    if (known.has(name)) found.push(duplicate(child(here, 'name'), name));
    if (found.length === 0) known.set(name, volume);
    errors.push(...found, ...validateClaimName(volume, volumes, podName, here));
  }
  return { known, errors };
}

/** A claim that is made for another volume of the pod is not there to be named. */
function validateClaimName(
  volume: Given<Volume>,
  volumes: readonly Given<Volume>[],
  podName: string,
  path: Path,
): readonly FieldError[] {
  const claim = volume.persistentVolumeClaim?.claimName;
  if (claim === undefined || podName === '') return [];
  const isMade = volumes.some((one) => one.ephemeral !== undefined && claim === `${podName}-${one.name ?? ''}`);
  if (!isMade) return [];
  const detail = 'must not reference a PVC that gets created for an ephemeral volume';
  return [invalid(child(path, 'persistentVolumeClaim', 'claimName'), claim, detail)];
}

const SOURCES = Object.keys(sourceRules) as readonly SourceName[];

/** What Kubernetes calls two of the sources when they are one too many. */
const SECOND: Readonly<Partial<Record<SourceName, string>>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

function validateSource(volume: Given<Volume>, podName: string, path: Path): readonly FieldError[] {
  const [first, ...others] = SOURCES.filter((source) => volume[source] !== undefined);
  if (first === undefined) return [required(path, 'must specify a volume type')];
  const rule = sourceRules[first] as (source: unknown, path: Path) => readonly FieldError[];
  const errors = [...rule(volume[first], child(path, sourcePath(first)))];
  if (first === 'ephemeral') errors.push(...validateMadeClaim(volume.name ?? '', podName, path));
  for (const source of others) {
    errors.push(forbidden(child(path, SECOND[source] ?? source), 'may not specify more than 1 volume type'));
  }
  if (volume.iscsi !== undefined) errors.push(...validateIscsiPlace(volume, path));
  return errors;
}

/** The claim of an ephemeral volume is named after the pod and the volume. */
function validateMadeClaim(name: string, podName: string, path: Path): readonly FieldError[] {
  if (name === '' || podName === '') return [];
  const claim = `${podName}-${name}`;
  return dns1123Subdomain(claim).map((fault) =>
    invalid(child(path, 'name'), name, `PVC name ${quoted(claim)}: ${fault}`),
  );
}

const ISCSI_INTERFACE_BYTES = 64;

/** The interface an initiator opens is named after the volume and the portal. */
function validateIscsiPlace(volume: Given<Volume>, path: Path): readonly FieldError[] {
  const { initiatorName, targetPortal = '' } = volume.iscsi ?? {};
  const name = volume.name ?? '';
  if (initiatorName === undefined || Buffer.byteLength(`${name}:${targetPortal}`) <= ISCSI_INTERFACE_BYTES) return [];
  const detail =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
  return [invalid(child(path, 'name'), name, detail)];
}
