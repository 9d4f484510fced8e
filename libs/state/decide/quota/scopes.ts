import { matchesLabels } from '@taffrail/machinery/selector';
import type {
  PersistentVolumeClaim,
  Pod,
  PodAffinityTerm,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from '@taffrail/resources/generated/types';
import type { Given } from '@taffrail/resources/given';
import type { JsonObject } from '@taffrail/resources/json';
import { qosClass } from '@taffrail/resources/kinds/pod/qos';
import type { ResourceId } from '../../state-view.ts';

/** Whether an object is in all of a quota's scopes. A quota without scopes is about every object. */
export function isInScope(spec: Given<ResourceQuotaSpec>, id: ResourceId, contents: JsonObject): boolean {
  const scopes: readonly Given<ScopedResourceSelectorRequirement>[] = [
    ...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ];
  return scopes.every((scope) => matchesScope(scope, id, contents));
}

/** Only pods and claims of volumes have scopes. */
function matchesScope(scope: Given<ScopedResourceSelectorRequirement>, id: ResourceId, contents: JsonObject): boolean {
  if (id.group !== '') return false;
  if (id.resource === 'pods') return podMatches(scope, contents);
  return id.resource === 'persistentvolumeclaims' && claimMatches(scope, contents);
}

function podMatches(scope: Given<ScopedResourceSelectorRequirement>, pod: Given<Pod>): boolean {
  const isTerminating = (pod.spec?.activeDeadlineSeconds ?? -1) >= 0;
  const className = pod.spec?.priorityClassName ?? '';
  switch (scope.scopeName ?? '') {
    case 'Terminating':
      return isTerminating;
    case 'NotTerminating':
      return !isTerminating;
    case 'BestEffort':
      return qosClass(pod) === 'BestEffort';
    case 'NotBestEffort':
      return qosClass(pod) !== 'BestEffort';
    case 'PriorityClass':
      return selectsName(scope, className === '' ? [] : [className]);
    case 'CrossNamespacePodAffinity':
      return affinityTerms(pod).some((term) => (term.namespaces ?? []).length > 0 || isGiven(term.namespaceSelector));
    default:
      return false;
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function affinityTerms({ spec }: Given<Pod>): readonly Given<PodAffinityTerm>[] {
  return [spec?.affinity?.podAffinity, spec?.affinity?.podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => term.podAffinityTerm ?? {}),
  ]);
}

/** The classes a claim wants, has, and is on its way to. */
function claimMatches(
  scope: Given<ScopedResourceSelectorRequirement>,
  { spec, status }: Given<PersistentVolumeClaim>,
): boolean {
  if (scope.scopeName !== 'VolumeAttributesClass') return false;
  const names = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name) => name !== undefined && name !== '');
  return selectsName(scope, names as readonly string[]);
}

/** Whether a scope's requirement holds of one of the names, or of there being none. */
function selectsName(scope: Given<ScopedResourceSelectorRequirement>, names: readonly string[]): boolean {
  const values = scope.values ?? [];
  const holds = (labels: Readonly<Record<string, string>>): boolean => {
    switch (scope.operator ?? '') {
      case 'Exists':
        return Object.hasOwn(labels, NAME);
      case 'DoesNotExist':
        return !Object.hasOwn(labels, NAME);
      case 'In':
        return matchesLabels([{ key: NAME, operator: 'in', values }], labels);
      case 'NotIn':
        return matchesLabels([{ key: NAME, operator: 'notin', values }], labels);
      default:
        return false;
    }
  };
  return names.length === 0 ? holds({}) : names.some((name) => holds({ [NAME]: name }));
}

const NAME = 'name';
