import type { Rejection } from '@taffrail/machinery/rejection';
import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { Authorizer } from '../auth/authorizer.ts';
import type { User } from '../auth/identity.ts';

/** What a review is answered from. Nothing of it is kept. */
export interface Review {
  readonly object: KubeObject;
  readonly user: User;
  /** The namespace in the URL; '' for cluster-scoped reviews. */
  readonly namespace: string;
  readonly authorizer: Authorizer;
  readonly nowMs: number;
}

/** The members that answer a review: they take the place of the ones that were sent. */
export type ReviewAnswer = JsonObject | Rejection;
