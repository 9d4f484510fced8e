import type { ApiClient, ResourceName, WriteCause } from '@taffrail/controller/api-client';
import type { Pod } from '@taffrail/resources/generated/types';

export const PODS: ResourceName = Object.freeze({ group: '', version: 'v1', resource: 'pods' });

/** Binds a pod to a node. The uid keeps a namesake made in the meantime from being bound. Throws ApiFailure. */
export async function bind(client: ApiClient, pod: Pod, node: string, cause: WriteCause): Promise<void> {
  const { namespace = '', name = '', uid } = pod.metadata;
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, ...(uid === undefined ? {} : { uid }) },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  };
  await client.create(PODS, namespace, binding, cause, { name: 'binding', of: name });
}
