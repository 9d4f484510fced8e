import type { HTTPGetAction, Probe } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';

/** Zero stands for "not said" in every number of a probe. */
export function defaultProbe(probe: Draft<Probe> | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds = orDefault(probe.timeoutSeconds, 1);
  probe.periodSeconds = orDefault(probe.periodSeconds, 10);
  probe.successThreshold = orDefault(probe.successThreshold, 1);
  probe.failureThreshold = orDefault(probe.failureThreshold, 3);
  defaultHttpGet(probe.httpGet);
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
}

function orDefault(value: number | undefined, fallback: number): number {
  return value === undefined || value === 0 ? fallback : value;
}

export function defaultHttpGet(action: Draft<HTTPGetAction> | undefined): void {
  if (action === undefined) return;
  if (action.path === undefined || action.path === '') action.path = '/';
  if (action.scheme === undefined || action.scheme === '') action.scheme = 'HTTP';
}
