import { rfc3339Micros, type Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import { ApiFailure, type ApiClient, type ResourceName } from '@taffrail/controller/api-client';
import type { Lease, Node } from '@taffrail/resources/generated/types';

const LEASES: ResourceName = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
const NAMESPACE = 'kube-node-lease';

export interface NodeLeaseOptions {
  readonly client: Pick<ApiClient, 'get' | 'create' | 'update'>;
  readonly nodeName: string;
  /** The Node once it is registered: it owns the Lease. */
  node(): Node | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Renews the node's Lease, the sign that it lives, until the signal is aborted. */
export async function renewNodeLease(options: NodeLeaseOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger } = options;
  let lease: Lease | undefined;
  while (!signal.aborted) {
    let pauseMs: number = limits.leaseRenewMs;
    try {
      lease = await renew(options, lease);
    } catch (error) {
      if (signal.aborted) return;
      // 404: the namespace or the Lease is not there (yet); 409: someone wrote it. The next turn looks first.
      lease = undefined;
      pauseMs = limits.leaseRetryMs;
      const expected = error instanceof ApiFailure && (error.code === 404 || error.code === 409);
      if (expected) logger.debug({ error: messageOf(error) }, 'the node’s lease could not be renewed');
      else logger.warn({ error: messageOf(error) }, 'the node’s lease could not be renewed');
    }
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}

async function renew({ client, nodeName, node, clock }: NodeLeaseOptions, known: Lease | undefined): Promise<Lease> {
  const spec = {
    holderIdentity: nodeName,
    leaseDurationSeconds: limits.leaseDurationSeconds,
    renewTime: rfc3339Micros(clock.nowMs()),
  };
  const found = known ?? (await client.get<Lease>(LEASES, NAMESPACE, nodeName).catch(notFound));
  const uid = node()?.metadata.uid;
  const owner = uid === undefined ? {} : { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }] };
  if (found === undefined) {
    const metadata = { name: nodeName, namespace: NAMESPACE, ...owner };
    return client.create<Lease>(LEASES, NAMESPACE, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata,
      spec,
    });
  }
  const next = { ...found, metadata: { ...found.metadata, ...owner }, spec: { ...found.spec, ...spec } };
  return client.update<Lease>(LEASES, NAMESPACE, nodeName, next);
}

function notFound(error: unknown): undefined {
  if (error instanceof ApiFailure && error.code === 404) return undefined;
  throw error;
}
