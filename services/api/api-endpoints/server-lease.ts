import { createHash } from 'node:crypto';
import { parseRfc3339, rfc3339Micros } from '@taffrail/platform/clock';
import type { Lease } from '@taffrail/resources/generated/types';
import type { JsonObject } from '@taffrail/resources/json';
import type { StoredObject } from '@taffrail/state/stored-object';

/** Where API servers say that they are alive: one Lease each, as Kubernetes has them. */
export const SERVER_LEASES = 'kube-system';
const IDENTITY_LABEL = 'apiserver.kubernetes.io/identity';
const IDENTITY = 'kube-apiserver';
/** The address the others are to name in the Endpoints. */
const ADDRESS = 'taffrail.dev/advertised-address';

/** The lease of the server at an address: the same after a restart. */
export function serverLeaseName(address: string, port: number): string {
  const place = createHash('sha256').update(`${address} ${port}`).digest('hex');
  return `apiserver-${place.slice(0, 26)}`;
}

export function serverLease(address: string, port: number, nowMs: number, durationMs: number): JsonObject {
  const name = serverLeaseName(address, port);
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: SERVER_LEASES,
      labels: { [IDENTITY_LABEL]: IDENTITY },
      annotations: { [ADDRESS]: address },
    },
    spec: {
      holderIdentity: name,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      renewTime: rfc3339Micros(nowMs),
    },
  };
}

/** A server as its lease tells of it. */
export interface ServerSeen {
  readonly leaseName: string;
  readonly address: string;
  readonly alive: boolean;
}

/** The servers that have said they are there; one whose lease has run out is not. */
export function serversSeen(leases: readonly StoredObject[], nowMs: number): readonly ServerSeen[] {
  return leases.flatMap((stored) => {
    const { metadata, spec } = stored.contents() as unknown as Lease;
    const address = metadata?.annotations?.[ADDRESS];
    if (stored.labels[IDENTITY_LABEL] !== IDENTITY || address === undefined) return [];
    const renewedMs = parseRfc3339(spec?.renewTime ?? '');
    const alive = renewedMs !== undefined && renewedMs + (spec?.leaseDurationSeconds ?? 0) * 1000 > nowMs;
    return [{ leaseName: stored.key.name, address, alive }];
  });
}
