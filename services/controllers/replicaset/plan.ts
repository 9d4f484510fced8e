import type { ReplicaSet } from '@taffrail/resources/generated/types';
import { REPLICA_SETS } from '../resource-names.ts';
import { replicasController } from './replicas.ts';

/** Keeps as many pods of a template running as a replica set asks for. */
export const replicaSetController = replicasController({
  name: 'replicaset-controller',
  resource: REPLICA_SETS,
  kind: 'ReplicaSet',
  read: (object) => object as unknown as ReplicaSet,
});
