import { metadataEnd } from '@taffrail/log/metadata-end';
import type { Revision } from '@taffrail/platform/brand';
import { encodeObject, spliceResourceVersion } from '@taffrail/log/object-bytes';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { KubeObject, ObjectKey } from '@taffrail/resources/object';

/** An object at a revision that can be written to a client: live, accepted, or from the past. */
export interface Readable {
  readonly revision: Revision;
  /** JSON with resourceVersion. */
  body(): Uint8Array;
  /** Parsed, with resourceVersion. */
  object(): KubeObject;
}

/** A readable object whose bytes are at hand and which selectors can be held against. */
export interface Listed extends Readable {
  readonly key: ObjectKey;
  /** JSON without resourceVersion, beginning with kind, apiVersion and metadata. */
  readonly stored: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
  /** Offset of the brace that closes the metadata in `stored`. */
  metadataEnd(): number;
  /** Parsed, with or without resourceVersion, and not kept for it: for whoever looks once at very many. */
  glance(): KubeObject;
}

/** The bytes as a version of the resource that is not the stored one shows them. */
function asServed({ conversion }: ResourceDefinition, stored: Uint8Array): Uint8Array {
  if (conversion === undefined) return stored;
  return encodeObject(conversion.fromStorage(JSON.parse(Buffer.from(stored).toString('utf8')) as KubeObject));
}

/** An object of the past: its stored bytes, parsed when something needs its inside. */
export class PastObject implements Listed {
  readonly key: ObjectKey;
  readonly revision: Revision;
  readonly stored: Uint8Array;
  readonly #definition: ResourceDefinition;
  #parsed: KubeObject | undefined;

  constructor(definition: ResourceDefinition, key: ObjectKey, revision: Revision, stored: Uint8Array) {
    this.#definition = definition;
    this.key = key;
    this.revision = revision;
    this.stored = asServed(definition, stored);
  }

  body(): Uint8Array {
    return spliceResourceVersion(this.stored, this.revision);
  }

  object(): KubeObject {
    this.#parsed ??= JSON.parse(Buffer.from(this.body()).toString('utf8')) as KubeObject;
    return this.#parsed;
  }

  metadataEnd(): number {
    return metadataEnd(this.stored);
  }

  glance(): KubeObject {
    return this.#parsed ?? (JSON.parse(Buffer.from(this.stored).toString('utf8')) as KubeObject);
  }

  get labels(): Readonly<Record<string, string>> {
    return this.object().metadata.labels ?? {};
  }

  get fields(): Readonly<Record<string, string>> {
    return this.#definition.rules.selectableFields(this.object());
  }
}
