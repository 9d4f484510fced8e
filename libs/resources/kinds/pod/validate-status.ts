import type { FieldError } from '../../field-error.ts';
import type { Pod, PodCondition } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { child, forbidden, index, invalid, invalids } from '../../validation/field.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { validatePodAnnotations } from '../../validation/pod/annotations.ts';
import { validateAnnotationUpdate } from './annotation-update.ts';
import { validateClaimStatuses } from './claim-statuses.ts';
import { validateContainerStatuses } from './container-statuses.ts';
import { validateTransitions } from './container-transitions.ts';
import { validateHostIps, validatePodIps } from './status-ips.ts';
import { newFaults } from './validate.ts';

/** A node agent's report, in the order in which Kubernetes checks it. */
export function validatePodStatusUpdate(next: Given<Pod>, previous: Given<Pod>): readonly FieldError[] {
  const { status = {} } = next;
  return [
    ...validateAnnotationUpdate(next, previous),
    ...newFaults(validateAnnotations(next), () => validateAnnotations(previous)),
    ...(status.conditions ?? []).flatMap(validateCondition),
    ...validateNominated(next, previous),
    ...validateGeneration(status.observedGeneration, 'status.observedGeneration'),
    ...validateImmutable(status.qosClass ?? '', previous.status?.qosClass ?? '', 'status.qosClass'),
    ...validateTransitions(next, previous),
    ...validateClaimStatuses(next),
    ...validatePodIps(status, previous.status ?? {}),
    ...validateHostIps(status, previous.status ?? {}),
    ...validateContainerStatuses(next),
  ];
}

function validateAnnotations({ metadata, spec = {} }: Given<Pod>): readonly FieldError[] {
  return validatePodAnnotations(metadata?.annotations, spec, 'metadata.annotations');
}

/** Conditions of the system itself need no names others could not take. */
const OWN_CONDITIONS: readonly string[] = ['PodScheduled', 'Ready', 'Initialized'];

function validateCondition(condition: Given<PodCondition>, at: number): readonly FieldError[] {
  const { type = '', observedGeneration } = condition;
  const path = index('status.conditions', at);
  const errors = [...validateGeneration(observedGeneration, child(path, 'observedGeneration'))];
  if (!OWN_CONDITIONS.includes(type)) errors.push(...invalids(child(path, 'Type'), type, qualifiedName(type)));
  return errors;
}

function validateGeneration(generation: number | undefined, path: string): readonly FieldError[] {
  if (generation === undefined || generation >= 0) return [];
  return [invalid(path, generation, 'must be a non-negative integer')];
}

/** The node that is being made room on: of no use once the pod has one. */
function validateNominated(next: Given<Pod>, previous: Given<Pod>): readonly FieldError[] {
  const path = 'status.nominatedNodeName';
  const node = next.status?.nominatedNodeName ?? '';
  if (node === '' || node === previous.status?.nominatedNodeName) return [];
  const errors = [...invalids(path, node, dns1123Subdomain(node))];
  if ((previous.spec?.nodeName ?? '') === '') return errors;
  return [...errors, forbidden(path, 'may not be set on pods that are already bound to a node')];
}
