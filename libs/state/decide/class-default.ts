import { forbidden, type Rejection } from '@taffrail/machinery/rejection';
import type { JsonObject } from '@taffrail/resources/json';
import type { Target } from '../command.ts';
import type { LiveObject } from '../live-object.ts';
import type { ResourceId, StateView } from '../state-view.ts';
import { targetOf } from './drafting.ts';
import { metadataOf, objectOf, textOf, type WorkingObject } from './metadata.ts';

const STORAGE_CLASSES = { group: 'storage.k8s.io', resource: 'storageclasses' } as const;
const INGRESS_CLASSES = { group: 'networking.k8s.io', resource: 'ingressclasses' } as const;

/** Gives a claim or an Ingress that names no class the cluster's default one, if there is one. In place. */
export function admitClassDefault(cluster: StateView, target: Target, object: WorkingObject): Rejection | undefined {
  const isClaim = target.definition.resource === 'persistentvolumeclaims';
  const field = isClaim ? 'storageClassName' : 'ingressClassName';
  const annotation = isClaim ? 'volume.beta.kubernetes.io/storage-class' : 'kubernetes.io/ingress.class';
  const spec = objectOf(object, 'spec') ?? {};
  // An empty class of a claim is a choice: none.
  if (spec[field] !== undefined || annotationsOf(object)[annotation] !== undefined) return undefined;
  const defaults = isClaim
    ? defaultsOf(cluster, STORAGE_CLASSES, [
        'storageclass.kubernetes.io/is-default-class',
        'storageclass.beta.kubernetes.io/is-default-class',
      ])
    : defaultsOf(cluster, INGRESS_CLASSES, ['ingressclass.kubernetes.io/is-default-class']);
  if (!isClaim && defaults.length > 1) {
    return forbidden(
      targetOf(target, textOf(metadataOf(object), 'name')),
      `${defaults.length} default IngressClasses were found, only 1 allowed`,
    );
  }
  const [newest] = defaults.toSorted((left, right) => right.createdRevision - left.createdRevision);
  if (newest !== undefined) object['spec'] = { ...(spec as WorkingObject), [field]: newest.key.name };
  return undefined;
}

function defaultsOf(cluster: StateView, id: ResourceId, marks: readonly string[]): readonly LiveObject[] {
  return cluster.list(id, '').filter((one) => {
    const annotations = annotationsOf(one.contents());
    return marks.some((mark) => annotations[mark] === 'true');
  });
}

function annotationsOf(object: JsonObject): JsonObject {
  return objectOf(objectOf(object, 'metadata'), 'annotations') ?? {};
}
