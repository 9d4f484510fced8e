import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { FieldError } from '@taffrail/resources/field-error';
import { isJsonObject, type JsonObject, type JsonValue, type MutableJsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { child, forbidden, index } from '@taffrail/resources/validation/field';
import type { Target } from '../command.ts';
import type { StateView } from '../state-view.ts';
import { objectOf, textOf, type WorkingObject } from './metadata.ts';
import { NAMESPACES } from './namespace-lifecycle.ts';

const ADMIN_LABEL = 'resource.kubernetes.io/admin-access';
const RESULTS = ['status', 'allocation', 'devices', 'results'] as const;

/** Where an object of a kind says what devices are asked for. */
const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  resourceclaims: ['spec', 'devices', 'requests'],
  resourceclaimtemplates: ['spec', 'spec', 'devices', 'requests'],
};

/** Refuses admin access to devices, which others use too, where the namespace is not one for that. */
export function adminAccessErrors(
  cluster: StateView,
  target: Target,
  object: KubeObject,
  previous?: KubeObject,
): readonly FieldError[] {
  const { group, resource } = target.definition;
  const requests = REQUESTS[resource];
  if (group !== 'resource.k8s.io' || requests === undefined) return [];
  const isStatus = target.subresource === 'status';
  // What is asked for never changes, nor does what was given.
  if (previous !== undefined && (!isStatus || listAt(previous, RESULTS).some(isAdmin))) return [];
  const list = isStatus
    ? listAt(object, RESULTS)
    : listAt(object, requests).map((request) => objectOf(request, 'exactly') ?? {});
  const at = list.findIndex(isAdmin);
  if (at < 0 || isForAdmins(cluster, target.namespace)) return [];
  const path = (isStatus ? RESULTS : ['spec', 'devices', 'requests']).join('.');
  const why = `admin access to devices requires the \`${ADMIN_LABEL}: true\` label on the containing namespace`;
  return [forbidden(child(index(path, at), 'adminAccess'), why)];
}

function isAdmin(one: JsonObject): boolean {
  return one['adminAccess'] === true;
}

function isForAdmins(cluster: StateView, namespace: string): boolean {
  const labels = objectOf(cluster.get(NAMESPACES, '', namespace)?.contents().metadata, 'labels');
  return textOf(labels, ADMIN_LABEL) === 'true';
}

/** Dates the taints of devices that come without a date. In place. */
export function dateTaints({ definition, subresource }: Target, object: WorkingObject, nowMs: number): void {
  if (definition.group !== 'resource.k8s.io' || subresource !== '') return;
  const taints =
    definition.resource === 'resourceslices'
      ? listAt(object, ['spec', 'devices']).flatMap((device) => listAt(device, ['taints']))
      : [objectOf(objectOf(object, 'spec'), 'taint')].filter((taint) => taint !== undefined);
  for (const taint of taints) (taint as MutableJsonObject)['timeAdded'] ??= rfc3339Seconds(nowMs);
}

function listAt(object: JsonObject, path: readonly string[]): readonly JsonObject[] {
  let value: JsonValue | undefined = object;
  for (const name of path) value = isJsonObject(value) ? value[name] : undefined;
  return Array.isArray(value) ? value.filter((one): one is JsonObject => isJsonObject(one)) : [];
}
