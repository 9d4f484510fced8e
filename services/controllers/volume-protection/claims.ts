import type { Controller, ViewIndex } from '@taffrail/controller/controller';
import type { PersistentVolumeClaim, Pod } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { PERSISTENT_VOLUME_CLAIMS, PODS } from '../resource-names.ts';
import { ownKey, protect } from './protection.ts';

const INDEX = 'claims-of-pods';
const PROTECTION = { resource: PERSISTENT_VOLUME_CLAIMS, finalizer: 'kubernetes.io/pvc-protection' };

/** The names of claims a pod's volumes stand for, those made for the pod itself among them. */
function claimNames(object: KubeObject): readonly string[] {
  const { metadata, spec } = object as unknown as Pod;
  const names = (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => [
    ...(persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName]),
    ...(ephemeral === undefined ? [] : [`${metadata.name ?? ''}-${name}`]),
  ]);
  return [...new Set(names)];
}

const podsOfClaims: ViewIndex = Object.freeze<ViewIndex>({
  resource: PODS,
  name: INDEX,
  values: (object) => claimNames(object).map((name) => `${object.metadata.namespace ?? ''}/${name}`),
});

/** Keeps a claim that is to go for as long as a pod on a node has it for a volume. */
export const claimProtectionController: Controller = Object.freeze<Controller>({
  name: 'pvc-protection-controller',
  follows: [
    { resource: PERSISTENT_VOLUME_CLAIMS, keys: ownKey },
    {
      resource: PODS,
      keys: (object) => claimNames(object).map((name) => ({ namespace: object.metadata.namespace ?? '', name })),
    },
  ],
  indexes: [podsOfClaims],
  plan(view, key) {
    const claim = view.get(PERSISTENT_VOLUME_CLAIMS, key.namespace, key.name);
    return protect(PROTECTION, claim, (object) =>
      view
        .indexed<Pod>(PODS, INDEX, `${key.namespace}/${key.name}`)
        .some((pod) => uses(pod, object as unknown as PersistentVolumeClaim)),
    );
  },
});

/** A pod that no node has yet cannot have begun to use it, and will not be let: the claim is on its way out. */
function uses(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if ((pod.spec?.nodeName ?? '') === '') return false;
  const isOwn = claim.metadata.ownerReferences?.some(
    ({ controller, uid }) => controller === true && uid === pod.metadata.uid,
  );
  return (pod.spec?.volumes ?? []).some(
    ({ name, persistentVolumeClaim, ephemeral }) =>
      persistentVolumeClaim?.claimName === claim.metadata.name ||
      (ephemeral !== undefined &&
        `${pod.metadata.name ?? ''}-${name}` === claim.metadata.name &&
        isOwn === true &&
        !isShutDown(pod)),
  );
}

/** Whether its node is done with a pod; what else it waits for may in turn wait for the claim. */
function isShutDown({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
}
