import { parseRevision } from '@taffrail/platform/brand';
import { conflict, invalid, MODIFIED, type Rejection } from '@taffrail/machinery/rejection';
import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { DeleteOptions, Target } from '../command.ts';
import type { LiveObject } from '../live-object.ts';
import { targetOf } from './drafting.ts';
import { objectOf, textOf } from './metadata.ts';

/** Resources whose updates must say which revision they were made from. */
const CONDITIONAL_ONLY: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'apiextensions.k8s.io/customresourcedefinitions',
  'apiregistration.k8s.io/apiservices',
  'coordination.k8s.io/leasecandidates',
  'coordination.k8s.io/leases',
  'node.k8s.io/runtimeclasses',
  'policy/poddisruptionbudgets',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/csistoragecapacities',
  'storage.k8s.io/volumeattachments',
  'storagemigration.k8s.io/storageversionmigrations',
]);

/** Where etcd would keep an object: a part of one message that clients may know. */
function registryKey(target: Target): string {
  const { resource } = target.definition;
  const place = resource === 'services' ? 'services/specs' : resource === 'nodes' ? 'minions' : resource;
  return ['/registry', place, ...(target.namespace === '' ? [] : [target.namespace]), target.name].join('/');
}

/** The uid an update carries must be the object's; no object has one. */
export function updateUidConflict(
  target: Target,
  object: KubeObject,
  present: LiveObject | undefined,
): Rejection | undefined {
  const wanted = textOf(objectOf(object, 'metadata'), 'uid');
  if (wanted === '' || wanted === present?.uid) return undefined;
  return conflict(
    targetOf(target),
    `StorageError: invalid object, Code: 4, Key: ${registryKey(target)}, ResourceVersion: 0, AdditionalErrorMsg: ` +
      `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${present?.uid ?? ''}`,
  );
}

/** The resourceVersion an update carries must be the object's, where it carries one or has to. */
export function revisionConflict(target: Target, object: JsonObject, present: LiveObject): Rejection | undefined {
  const text = textOf(objectOf(object, 'metadata'), 'resourceVersion');
  const { group, resource } = target.definition;
  if (text === '' || text === '0') {
    if (!CONDITIONAL_ONLY.has(`${group}/${resource}`)) return undefined;
    return invalid({ group, kind: resource, name: target.name }, [
      {
        type: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        message: 'Invalid value: 0: must be specified for an update',
        value: 0,
      },
    ]);
  }
  const wanted = parseRevision(text);
  if (wanted === undefined) return unreadableRevision(text);
  return wanted === present.revision ? undefined : conflict(targetOf(target), MODIFIED);
}

/** An object to be created where an update or an apply found none: the resourceVersion it names asks for nothing then. */
export function withoutRevision(object: KubeObject): KubeObject | Rejection {
  const { resourceVersion, ...metadata } = object.metadata;
  if (resourceVersion === undefined || resourceVersion === '') return object;
  if (parseRevision(resourceVersion) === undefined) return unreadableRevision(resourceVersion);
  return { ...object, metadata };
}

/** Kubernetes answers a resourceVersion that is no number with a bare 500; clients see it that way. */
function unreadableRevision(text: string): Rejection {
  const message = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  return { rejected: true, reason: '', code: 500, message };
}

/** What a deletion requires of the object it found. */
export function deletePreconditionConflict(
  target: Target,
  options: DeleteOptions,
  present: LiveObject,
): Rejection | undefined {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { group, kind, resource } = target.definition;
  const isNamespace = group === '' && resource === 'namespaces';
  const aim = { group, resource: isNamespace ? resource : kind, name: present.key.name };
  if (uid !== undefined && uid !== present.uid) {
    return conflict(
      aim,
      isNamespace
        ? `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${present.uid}`
        : `the UID in the precondition (${uid}) does not match the UID in record (${present.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== String(present.revision)) {
    return conflict(
      aim,
      isNamespace
        ? `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${present.revision}`
        : `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${present.revision}). The object might have been modified`,
    );
  }
  return undefined;
}
