import type { Clock } from '@taffrail/platform/clock';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import type { ReadModel } from '@taffrail/projection/read-model';
import type { EncryptedResources } from '@taffrail/resources/encrypted-resources';
import type { ResourceDefinition, ServedResource } from '@taffrail/resources/definition';
import type { StateMachine } from '@taffrail/state/state-machine';
import type { User } from '../auth/identity.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ResourceRequest } from '../http/parsed-request.ts';
import type { PurgeSurvey } from '../purge-survey.ts';
import type { ListSnapshots } from './list-snapshots.ts';
import type { OpenWatches } from './open-watches.ts';
import type { ReadView } from './read-view.ts';
import type { RequestTrace } from './request-trace.ts';
import type { WatchGroups } from './watch-groups.ts';

/** What handlers work with, the same for every request. */
export interface ApiContext {
  readonly state: StateMachine;
  readonly readModel: ReadModel;
  /** Has what was committed to a log projected without delay. Absent where nothing delays it. */
  readonly hurryProjection?: ((log: string) => void) | undefined;
  /** What is written down encrypted, and so is not told by histories and comparisons. */
  readonly encrypts: EncryptedResources;
  /** The moment that is read: the present, or a past one. */
  readonly view: ReadView;
  /** Finds out what a purge would erase. */
  readonly survey: PurgeSurvey;
  readonly snapshots: ListSnapshots;
  readonly watches: OpenWatches;
  readonly groups: WatchGroups;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** One authorized request on a resource that clients are told of. */
export interface ServedCall {
  readonly exchange: Exchange;
  readonly user: User;
  readonly request: ResourceRequest;
  readonly definition: ServedResource;
  /** '' for cluster-scoped resources. */
  readonly namespace: string;
  readonly trace: Pick<RequestTrace, 'traceparent'>;
}

/** A request before anything is looked up. */
export type AskedCall = Pick<ServedCall, 'exchange' | 'user' | 'request' | 'trace'>;

/** One authorized request on a resource whose objects are kept. */
export interface ResourceCall extends ServedCall {
  readonly definition: ResourceDefinition;
}

/** The namespace a collection request is confined to; undefined for all of them. */
export function collectionNamespace(call: ResourceCall): string | undefined {
  return call.definition.namespaced && call.namespace === '' ? undefined : call.namespace;
}
