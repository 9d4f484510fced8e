import type { Revision, Uid } from '@taffrail/platform/brand';
import type { KubeObject, ObjectKey } from '@taffrail/resources/object';

/** An object of the live set: its bytes and a small index. The inside is parsed only when someone asks. */
export interface StoredObject {
  readonly key: ObjectKey;
  readonly uid: Uid;
  readonly revision: Revision;
  /** Revision of the creating event. */
  readonly createdRevision: Revision;
  /** JSON without resourceVersion, exactly as it stands in the log. */
  readonly stored: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  /** Extra selectable fields (`ResourceRules.selectableFields`). */
  readonly fields: Readonly<Record<string, string>>;
  /** uids of the owners. */
  readonly owners: readonly Uid[];
  readonly deleting: boolean;
  /** JSON with resourceVersion, made for this call: a kept copy would cost more than making one. */
  body(): Buffer;
  /** Parsed, with resourceVersion. Readonly and possibly shared. */
  object(): KubeObject;
  /** Parsed, without resourceVersion: what the rules of a kind read. Readonly and possibly shared. */
  contents(): KubeObject;
  /** The same, but parsed only for this call when it is not at hand: for whoever looks once at very many objects. */
  glance(): KubeObject;
  /** Offset of the brace that closes the metadata in `stored`. */
  metadataEnd(): number;
}
