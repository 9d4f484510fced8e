import type { Revision } from '@taffrail/platform/brand';
import type { KubeObject } from '@taffrail/resources/object';
import type { ResourceName, WriteCause } from './api-client.ts';

/** One change of one object, in the order of its resource. */
export interface SourceChange {
  readonly resource: ResourceName;
  readonly deleted: boolean;
  /** After the change; for a deletion the last state. */
  readonly object: KubeObject;
  readonly revision: Revision;
  /** What a write made because of this change says as its cause. */
  readonly cause: WriteCause;
}

/** Where a source delivers. Calls never overlap and return at once. */
export interface SourceSink {
  /** The whole resource as it stands at a revision; whatever else is held of it is gone. */
  replace(resource: ResourceName, objects: readonly KubeObject[], at: Revision): void;
  change(change: SourceChange): void;
  /** Everything up to `at` has been delivered. */
  progress(resource: ResourceName, at: Revision): void;
}

/**
 * Where a view's objects come from. Two implementations: `log-source.ts` (the log itself, one order for all resources)
 * and `watch-source.ts` (list and watch of one resource over HTTP).
 */
export interface Source {
  readonly resources: readonly ResourceName[];
  /**
   * Feeds the sink until the signal is aborted. Survives the loss of its servers by itself; throws only for what no
   * retry can mend (a gap or a wrong hash in the log).
   */
  run(sink: SourceSink, signal: AbortSignal): Promise<void>;
}
