import type { Clock } from '@taffrail/platform/clock';
import type { Revision } from '@taffrail/platform/brand';
import type { Rejection } from '@taffrail/machinery/rejection';
import type { Selection } from '@taffrail/state/selection';
import type { Listed, Readable } from '../encoding/readable.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import type { ContinueToken } from './continue-token.ts';
import type { ListOptions, WatchOptions } from './list-options.ts';
import type { Presentation } from './representation.ts';

/** One page of a collection, all of it at one revision. */
export interface Page {
  readonly revision: Revision;
  readonly items: readonly Listed[];
  readonly next: ContinueToken | undefined;
  /** How many follow; unknown with a selector, as in Kubernetes. */
  readonly remaining: number | undefined;
}

/** A watch that may be opened: everything about it is checked but where it begins. */
export interface AskedWatch {
  readonly presentation: Presentation;
  readonly options: WatchOptions;
  readonly selection: Selection;
}

/**
 * What a moment of the cluster shows to the handlers that read. The present (`present-view.ts`) and every past moment
 * (`past-view.ts`) are one each, so that one handler for get, list and watch serves them all.
 */
export interface ReadView {
  /** What ages in answers are counted by. */
  clock(context: ApiContext): Clock;
  /** The object a request names, no older than the revision it asks for. */
  object(context: ApiContext, call: ResourceCall): Promise<Readable | Rejection>;
  page(context: ApiContext, call: ResourceCall, options: ListOptions, selection: Selection): Promise<Page | Rejection>;
  /** Answers with a stream of changes; undefined once it is open. */
  watch(context: ApiContext, call: ResourceCall, asked: AskedWatch): Promise<Rejection | undefined>;
}
