import type { Controller, ViewIndex } from '@taffrail/controller/controller';
import type { PersistentVolume, PersistentVolumeClaim } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, VOLUME_ATTRIBUTES_CLASSES } from '../resource-names.ts';
import { ownKey, protect } from './protection.ts';

const CLAIMS = 'claims-of-attributes-classes';
const VOLUMES = 'volumes-of-attributes-classes';
const PROTECTION = { resource: VOLUME_ATTRIBUTES_CLASSES, finalizer: 'kubernetes.io/vac-protection' };

/** The classes a claim wants, has, or is on its way to. */
function classesOfClaim(object: KubeObject): readonly string[] {
  const { spec, status } = object as unknown as PersistentVolumeClaim;
  return named([
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ]);
}

function classesOfVolume(object: KubeObject): readonly string[] {
  return named([(object as unknown as PersistentVolume).spec?.volumeAttributesClassName]);
}

function named(names: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(names.filter((name) => name !== undefined && name !== ''))] as readonly string[];
}

const indexes: readonly ViewIndex[] = Object.freeze([
  { resource: PERSISTENT_VOLUME_CLAIMS, name: CLAIMS, values: classesOfClaim },
  { resource: PERSISTENT_VOLUMES, name: VOLUMES, values: classesOfVolume },
]);

/** Keeps an attributes class that is to go for as long as a claim or volume names it. */
export const attributesClassProtectionController: Controller = Object.freeze<Controller>({
  name: 'volumeattributesclass-protection-controller',
  follows: [
    { resource: VOLUME_ATTRIBUTES_CLASSES, keys: ownKey },
    {
      resource: PERSISTENT_VOLUME_CLAIMS,
      keys: (object, previous) => keysOf([...classesOfClaim(object), ...(previous ? classesOfClaim(previous) : [])]),
    },
    {
      resource: PERSISTENT_VOLUMES,
      keys: (object, previous) => keysOf([...classesOfVolume(object), ...(previous ? classesOfVolume(previous) : [])]),
    },
  ],
  indexes,
  plan(view, key) {
    const attributesClass = view.get(VOLUME_ATTRIBUTES_CLASSES, '', key.name);
    return protect(
      PROTECTION,
      attributesClass,
      () =>
        view.indexed(PERSISTENT_VOLUME_CLAIMS, CLAIMS, key.name).length > 0 ||
        view.indexed(PERSISTENT_VOLUMES, VOLUMES, key.name).length > 0,
    );
  },
});

function keysOf(names: readonly string[]): readonly { readonly namespace: string; readonly name: string }[] {
  return names.map((name) => ({ namespace: '', name }));
}
