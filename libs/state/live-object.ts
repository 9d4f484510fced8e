import type { Revision, Uid } from '@taffrail/platform/brand';
import { metadataEnd } from '@taffrail/log/metadata-end';
import { spliceResourceVersion } from '@taffrail/log/object-bytes';
import { parseObject } from '@taffrail/log/parse-object';
import type { KubeObject, ObjectKey } from '@taffrail/resources/object';
import type { Claim } from './claims.ts';
import type { Droppable, ParsedCache } from './parsed-cache.ts';
import type { StoredObject } from './stored-object.ts';

/** What is known of an object when its event is folded. */
export interface LiveObjectFields {
  readonly key: ObjectKey;
  readonly uid: Uid;
  readonly revision: Revision;
  readonly createdRevision: Revision;
  readonly stored: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
  readonly owners: readonly Uid[];
  readonly deleting: boolean;
  /** What no other live object may have as well. */
  readonly claims: readonly Claim[];
  /** Time of its last event, epoch milliseconds. */
  readonly timeMs: number;
}

/** A parsed object takes about this many times its JSON's size. */
const PARSED_FACTOR = 4;

/** An object of the live set. A class, so that a million of them share their methods. */
export class LiveObject implements StoredObject, Droppable {
  readonly key: ObjectKey;
  readonly uid: Uid;
  readonly revision: Revision;
  readonly createdRevision: Revision;
  readonly stored: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
  readonly owners: readonly Uid[];
  readonly deleting: boolean;
  readonly claims: readonly Claim[];
  readonly timeMs: number;
  readonly #cache: ParsedCache;
  #contents: KubeObject | undefined;
  #object: KubeObject | undefined;
  /** 0 until someone asked. */
  #metadataEnd = 0;

  /** `contents` is the parsed form of `stored` when the caller has it anyway. */
  constructor(fields: LiveObjectFields, cache: ParsedCache, contents?: KubeObject) {
    this.key = fields.key;
    this.uid = fields.uid;
    this.revision = fields.revision;
    this.createdRevision = fields.createdRevision;
    this.stored = fields.stored;
    this.labels = fields.labels;
    this.fields = fields.fields;
    this.owners = fields.owners;
    this.deleting = fields.deleting;
    this.claims = fields.claims;
    this.timeMs = fields.timeMs;
    this.#cache = cache;
    if (contents !== undefined) {
      this.#contents = contents;
      cache.hold(this, this.stored.byteLength * PARSED_FACTOR);
    }
  }

  contents(): KubeObject {
    if (this.#contents === undefined) {
      this.#contents = this.glance();
      this.#cache.hold(this, this.stored.byteLength * PARSED_FACTOR);
    }
    return this.#contents;
  }

  glance(): KubeObject {
    return this.#contents ?? (parseObject(this.stored) as KubeObject);
  }

  object(): KubeObject {
    this.#object ??= withRevision(this.contents(), this.revision);
    return this.#object;
  }

  body(): Buffer {
    return spliceResourceVersion(this.stored, this.revision);
  }

  metadataEnd(): number {
    if (this.#metadataEnd === 0) this.#metadataEnd = metadataEnd(this.stored);
    return this.#metadataEnd;
  }

  drop(): void {
    this.#contents = undefined;
    this.#object = undefined;
  }
}

/** An object with its `metadata.resourceVersion`; shares everything else. */
export function withRevision(contents: KubeObject, at: Revision): KubeObject {
  const metadata = { ...contents.metadata, resourceVersion: String(at) } as KubeObject['metadata'];
  return { ...contents, metadata };
}
