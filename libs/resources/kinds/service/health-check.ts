import type { ServiceSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';

/** Whether load balancers ask a port of its own on each node if there is anything to send to. */
export function hasHealthCheck({ type, externalTrafficPolicy }: Given<ServiceSpec>): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}
