import type { Pod } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { compareQuantities, parseQuantity } from '../../syntax/quantity.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COUNTED = ['cpu', 'memory'] as const;

/** The quality of service a pod's CPU and memory requests and limits give it. */
export function qosClass(pod: Given<Pod>): QosClass {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const all = pod.spec?.resources === undefined ? containers.map((one) => one.resources ?? {}) : [pod.spec.resources];
  let any = false;
  let guaranteed = true;
  for (const { requests = {}, limits = {} } of all) {
    for (const name of COUNTED) {
      const request = positive(requests[name]);
      const limit = positive(limits[name]);
      any ||= request !== undefined || limit !== undefined;
      guaranteed &&= limit !== undefined && (request === undefined || compareQuantities(request, limit) === 0);
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function positive(text: string | undefined): ReturnType<typeof parseQuantity> {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity !== undefined && quantity.nanos > 0n ? quantity : undefined;
}
