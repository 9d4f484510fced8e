import type { KubeObject } from '@taffrail/resources/object';
import type { Encoding } from './encoding.ts';

const META_VERSION = 'meta.k8s.io/v1';

/** An object's metadata alone. */
export function partialObject(object: KubeObject): Readonly<Record<string, unknown>> {
  return { kind: 'PartialObjectMetadata', apiVersion: META_VERSION, metadata: object.metadata };
}

/** Objects as PartialObjectMetadata, lists as PartialObjectMetadataList. */
export const partialEncoding: Encoding = Object.freeze<Encoding>({
  single: (object) => [json(partialObject(object.object()))],
  list: (items, meta) => [
    json({
      kind: 'PartialObjectMetadataList',
      apiVersion: META_VERSION,
      metadata: meta,
      items: items.map((item) => ({ metadata: item.object().metadata })),
    }),
  ],
  event(pieces, type, object) {
    pieces.push(Buffer.from(`${JSON.stringify({ type, object: partialObject(object.object()) })}\n`));
  },
  bookmark(revision, initialEventsEnd) {
    const metadata = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    };
    const object = { kind: 'PartialObjectMetadata', apiVersion: META_VERSION, metadata };
    return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  },
});

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
