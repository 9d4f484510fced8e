import type { Claim } from './claims.ts';
import type { LiveObject } from './live-object.ts';

/** A resource as an index knows it; a ResourceDefinition is one. */
export interface ResourceId {
  readonly group: string;
  readonly resource: string;
}

/** What `decide` may read: the live set, or a speculation over it. */
export interface StateView {
  get(id: ResourceId, namespace: string, name: string): LiveObject | undefined;
  /** Objects in order of namespace and name; all namespaces when `namespace` is undefined. Later changes leave it alone. */
  list(id: ResourceId, namespace: string | undefined): readonly LiveObject[];
  /** Key text of the object that holds a claim. */
  holder(claim: Claim): string | undefined;
  readonly objectsCount: number;
  readonly objectsBytes: number;
}
