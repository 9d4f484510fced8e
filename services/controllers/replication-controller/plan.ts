import type { ReplicaSet, ReplicationController } from '@taffrail/resources/generated/types';
import { replicasController } from '../replicaset/replicas.ts';
import { REPLICATION_CONTROLLERS } from '../resource-names.ts';

/** Keeps as many pods of a template running as a replication controller asks for. */
export const replicationController = replicasController({
  name: 'replication-controller',
  resource: REPLICATION_CONTROLLERS,
  kind: 'ReplicationController',
  read(object) {
    const controller = object as unknown as ReplicationController;
    const { selector = {}, ...spec } = controller.spec ?? {};
    return { ...controller, spec: { ...spec, selector: { matchLabels: selector } } } as unknown as ReplicaSet;
  },
});
