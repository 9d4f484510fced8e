import type { KubeObject } from '@taffrail/resources/object';
import type { MetaVersion } from '../http/negotiation.ts';
import type { Encoding } from './encoding.ts';
import { pushMetadata } from './pieces.ts';

/** An object's metadata alone. */
export function partialObject(object: KubeObject, version: MetaVersion): Readonly<Record<string, unknown>> {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}

/** The beginning of a PartialObjectMetadata, up to its metadata. */
export function partialHead(version: MetaVersion): string {
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":`;
}

/** Objects as PartialObjectMetadata, lists as PartialObjectMetadataList, for each version of them. */
export const partialEncodings: Readonly<Record<MetaVersion, Encoding>> = Object.freeze({
  v1: partialEncoding('v1'),
  v1beta1: partialEncoding('v1beta1'),
});

function partialEncoding(version: MetaVersion): Encoding {
  return Object.freeze<Encoding>({
    single: (object) => [Buffer.from(JSON.stringify(partialObject(object.object(), version)))],
    list(items, meta) {
      const pieces: Uint8Array[] = [];
      let before = `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${version}","metadata":${JSON.stringify(meta)},"items":[`;
      for (const item of items) {
        pushMetadata(pieces, `${before}{"metadata":`, item, '}');
        before = ',';
      }
      pieces.push(Buffer.from(items.length === 0 ? `${before}]}\n` : ']}\n'));
      return pieces;
    },
    event(pieces, type, object) {
      pushMetadata(pieces, `{"type":"${type}","object":${partialHead(version)}`, object, '}}\n');
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
