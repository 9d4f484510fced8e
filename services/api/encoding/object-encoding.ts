import type { ResourceDefinition } from '@taffrail/resources/definition';
import { apiVersionOf } from '@taffrail/resources/object';
import type { Encoding, ListMeta } from './encoding.ts';
import { pushItem, pushObject } from './pieces.ts';
import type { Listed, Readable } from './readable.ts';

/** Objects as they are. */
export function objectEncoding(definition: ResourceDefinition): Encoding {
  const apiVersion = apiVersionOf(definition.group, definition.version);
  return {
    single: (object: Readable) => [object.body()],
    list(items: readonly Listed[], meta: ListMeta) {
      const pieces: Uint8Array[] = [
        Buffer.from(
          `{"kind":"${definition.listKind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(meta)},"items":[`,
        ),
      ];
      let before = '';
      for (const item of items) {
        pushItem(pieces, before, item, '');
        before = ',';
      }
      pieces.push(Buffer.from(']}\n'));
      return pieces;
    },
    event(pieces, type, object) {
      pushObject(pieces, `{"type":"${type}","object":`, object, '}\n');
    },
    bookmark(revision, initialEventsEnd) {
      const metadata = {
        resourceVersion: String(revision),
        creationTimestamp: null,
        ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
      };
      const object = { kind: definition.kind, apiVersion, metadata };
      return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    },
  };
}
