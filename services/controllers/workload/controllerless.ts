import type { ViewIndex } from '@taffrail/controller/controller';
import { controllerOf } from '@taffrail/controller/owner';
import { PODS, REPLICA_SETS } from '../resource-names.ts';
import type { KubeObject } from '@taffrail/resources/object';

/** Index of objects that nobody controls, by namespace: what may be adopted. */
export const CONTROLLERLESS = 'controllerless';

const values = (object: KubeObject): readonly string[] =>
  controllerOf(object) === undefined ? [object.metadata.namespace ?? ''] : [];

export const controllerlessPods: ViewIndex = Object.freeze({ resource: PODS, name: CONTROLLERLESS, values });
export const controllerlessReplicaSets: ViewIndex = Object.freeze({
  resource: REPLICA_SETS,
  name: CONTROLLERLESS,
  values,
});
