import { rfc3339Seconds } from '@taffrail/platform/clock';
import { isJsonObject, type JsonObject, type MutableJsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { DecisionContext, Target } from '../command.ts';
import { objectOf, type WorkingObject } from './metadata.ts';

function isRequest({ definition }: Target): boolean {
  return definition.group === 'certificates.k8s.io' && definition.resource === 'certificatesigningrequests';
}

/** Writes into a new request for a certificate who asks for it, whatever it says itself. In place. */
export function admitCertificateRequest(request: WorkingObject, { actor }: DecisionContext): void {
  const { uid: _uid, extra: _extra, groups: _groups, ...spec } = (objectOf(request, 'spec') ?? {}) as MutableJsonObject;
  request['spec'] = {
    ...spec,
    username: actor.user,
    ...(actor.groups.length === 0 ? {} : { groups: [...actor.groups] }),
  };
}

/** Dates the conditions of a request's status that come without a date. In place. */
export function dateVerdicts(target: Target, next: WorkingObject, previous: KubeObject, nowMs: number): void {
  if (!isRequest(target) || target.subresource === '') return;
  const now = rfc3339Seconds(nowMs);
  const before = conditionsOf(previous);
  for (const condition of conditionsOf(next)) {
    condition['lastUpdateTime'] ??= now;
    const same = before.find(({ type, status }) => type === condition['type'] && status === condition['status']);
    condition['lastTransitionTime'] ??= same?.['lastTransitionTime'] ?? now;
  }
}

function conditionsOf(request: JsonObject): readonly MutableJsonObject[] {
  const conditions = objectOf(request, 'status')?.['conditions'];
  return Array.isArray(conditions) ? conditions.filter((one): one is MutableJsonObject => isJsonObject(one)) : [];
}
