import type { KubeObject } from '@taffrail/resources/object';
import type { MetaVersion } from '../http/negotiation.ts';
import type { Encoding } from './encoding.ts';

/** An object's metadata alone. */
export function partialObject(object: KubeObject, version: MetaVersion): Readonly<Record<string, unknown>> {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}

/** Objects as PartialObjectMetadata, lists as PartialObjectMetadataList, for each version of them. */
export const partialEncodings: Readonly<Record<MetaVersion, Encoding>> = Object.freeze({
  v1: partialEncoding('v1'),
  v1beta1: partialEncoding('v1beta1'),
});

function partialEncoding(version: MetaVersion): Encoding {
  return Object.freeze<Encoding>({
    single: (object) => [json(partialObject(object.object(), version))],
    list: (items, meta) => [
      json({
        kind: 'PartialObjectMetadataList',
        apiVersion: `meta.k8s.io/${version}`,
        metadata: meta,
        items: items.map((item) => ({ metadata: item.object().metadata })),
      }),
    ],
    event(pieces, type, object) {
      pieces.push(Buffer.from(`${JSON.stringify({ type, object: partialObject(object.object(), version) })}\n`));
    },
    bookmark(revision, initialEventsEnd) {
      const metadata = {
        resourceVersion: String(revision),
        creationTimestamp: null,
        ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
      };
      const object = { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata };
      return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    },
  });
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
