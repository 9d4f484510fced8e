import type { Clock } from '@taffrail/platform/clock';
import type { ResourceDefinition, ResourceRules } from '@taffrail/resources/definition';
import type { KubeObject } from '@taffrail/resources/object';
import type { MetaVersion } from '../http/negotiation.ts';
import type { Encoding, ListMeta } from './encoding.ts';
import { partialObject } from './partial-encoding.ts';

/** What a Table row carries beside its cells. */
export type IncludeObject = 'Metadata' | 'Object' | 'None';

/** What has columns and cells. */
export interface Tabular extends Pick<ResourceDefinition, 'columns'> {
  readonly rules: Pick<ResourceRules, 'tableCells'>;
}

/** Objects as rows of a `meta.k8s.io` Table, which `kubectl get` prints. */
export function tableEncoding(
  definition: Tabular,
  include: IncludeObject,
  clock: Clock,
  version: MetaVersion = 'v1',
): Encoding {
  const columnDefinitions = definition.columns.map(({ name, type, format, priority, description }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
  const row = (object: KubeObject): unknown => ({
    cells: definition.rules.tableCells(object, clock.nowMs()),
    ...(include === 'None' ? {} : { object: include === 'Object' ? object : partialObject(object, version) }),
  });
  const table = (metadata: ListMeta, columns: unknown, rows: readonly unknown[]): unknown => ({
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: columns,
    rows,
  });
  const metaOf = (object: KubeObject): ListMeta => ({ resourceVersion: object.metadata.resourceVersion ?? '' });
  return {
    single(object) {
      const parsed = object.object();
      return [json(table(metaOf(parsed), columnDefinitions, [row(parsed)]))];
    },
    list: (items, meta) => [
      json(
        table(
          meta,
          columnDefinitions,
          items.map((item) => row(item.object())),
        ),
      ),
    ],
    firstDiffers: true,
    event(pieces, type, object, first) {
      const parsed = object.object();
      const event = { type, object: table(metaOf(parsed), first ? columnDefinitions : null, [row(parsed)]) };
      pieces.push(Buffer.from(`${JSON.stringify(event)}\n`));
    },
    bookmark(revision) {
      const object = table({ resourceVersion: String(revision) }, null, []);
      return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    },
  };
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
