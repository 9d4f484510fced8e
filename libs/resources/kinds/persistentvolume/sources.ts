import type { FieldError } from '../../field-error.ts';
import type { CSIPersistentVolumeSource, PersistentVolumeSpec, SecretReference } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Label, dns1123Subdomain } from '../../syntax/names.ts';
import { validateDriverName } from '../../validation/csi-driver-name.ts';
import { child, forbidden, invalids, type Path, required } from '../../validation/field.ts';
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

/** All sources, in the order Kubernetes looks for them. */
const ORDER: readonly string[] = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
];

/** Exactly one source, which must be complete. */
export function validateVolumeSource(spec: Given<PersistentVolumeSpec>): readonly FieldError[] {
  const given = sourcesOf(spec);
  const [first, ...others] = ORDER.filter((source) => given[source] !== undefined);
  if (first === undefined) return [required('spec', 'must specify a volume type')];
  return [
    ...validateSource(first, spec, child('spec', sourcePath(first))),
    ...others.map((source) => forbidden(child('spec', source), 'may not specify more than 1 volume type')),
  ];
}

function validateCsi(csi: Given<CSIPersistentVolumeSource>, path: Path): readonly FieldError[] {
  const { driver = '', volumeHandle = '' } = csi;
  const errors = [...validateDriverName(driver, child(path, 'driver'))];
  if (volumeHandle === '') errors.push(required(child(path, 'volumeHandle')));
  for (const field of SECRETS) {
    const reference = csi[field];
    if (reference !== undefined) errors.push(...validateSecretReference(reference, child(path, field)));
  }
  return errors;
}

const SECRETS = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

/** A Secret in whatever namespace. */
function validateSecretReference(
  { name = '', namespace = '' }: Given<SecretReference>,
  path: Path,
): readonly FieldError[] {
  const [at, within] = [child(path, 'name'), child(path, 'namespace')];
  return [
    ...(name === '' ? [required(at)] : invalids(at, name, dns1123Subdomain(name))),
    ...(namespace === '' ? [required(within)] : invalids(within, namespace, dns1123Label(namespace))),
  ];
}

type Rule = (source: unknown, path: Path) => readonly FieldError[];

function validateSource(name: string, spec: Given<PersistentVolumeSpec>, path: Path): readonly FieldError[] {
  if (name === 'local') {
    const { path: place = '' } = spec.local ?? {};
    const here = child(path, 'path');
    return [
      ...(place === '' ? [required(here)] : validateNoBacksteps(place, here)),
      ...(spec.nodeAffinity === undefined
        ? [required('spec.nodeAffinity', 'Local volume requires node affinity')]
        : []),
    ];
  }
  if (name === 'csi') return validateCsi(spec.csi ?? {}, path);
  // All others have in a pod's volume what they have here.
  const rule = sourceRules[name as SourceName] as Rule | undefined;
  return rule?.(spec[name as keyof PersistentVolumeSpec], path) ?? [];
}
