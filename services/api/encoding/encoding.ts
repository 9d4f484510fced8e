import type { Revision } from '@taffrail/platform/brand';
import type { Listed, Readable } from './readable.ts';

/** `ListMeta` as it stands in answers. */
export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** An object as a watch event carries it. */
export type Watched = Pick<Listed, 'revision' | 'stored' | 'metadataEnd' | 'object'>;

/** How the objects of one resource are written in one shape. Bytes are JSON in pieces that are sent one after another. */
export interface Encoding {
  single(object: Readable): readonly Uint8Array[];
  list(items: readonly Listed[], meta: ListMeta): readonly Uint8Array[];
  /**
   * Makes what a list of these objects takes long to make, in turns with other requests. Worth it before `list`, never
   * needed. Rejects when the client goes away meanwhile.
   */
  prepare?(items: readonly Listed[], client: { readonly signal: AbortSignal }): Promise<void>;
  /** Appends one watch event, a line of JSON. `first` is true for the first event of a watch. */
  event(pieces: Uint8Array[], type: WatchEventType, object: Watched, first: boolean): void;
  /** A bookmark event; `initialEventsEnd` marks the one that closes the initial events. */
  bookmark(revision: Revision, initialEventsEnd: boolean): Uint8Array;
  /** Whether the first event of a watch differs from the following ones (a Table's column definitions). */
  readonly firstDiffers?: boolean;
}
