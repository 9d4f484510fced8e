import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { cellAt } from '@taffrail/resources/cell';
import type { ResourceDefinition, ResourceRules } from '@taffrail/resources/definition';
import type { KubeObject } from '@taffrail/resources/object';
import type { MetaVersion } from '../http/negotiation.ts';
import type { Encoding, ListMeta, Watched } from './encoding.ts';
import { KeptRows } from './kept-rows.ts';
import { partialHead, partialObject } from './partial-encoding.ts';
import { pushMetadata, pushObject } from './pieces.ts';

/** What a Table row carries beside its cells. */
export type IncludeObject = 'Metadata' | 'Object' | 'None';

/** What has columns and cells. */
export interface Tabular extends Pick<ResourceDefinition, 'columns'> {
  readonly rules: Pick<ResourceRules, 'tableCells'>;
}

/** Shared by all tables, whatever their rows carry: an object has one row, at any time. */
const rows = new KeptRows<Watched>(limits.tableRowsCount);

/** Objects as rows of a `meta.k8s.io` Table, which `kubectl get` prints. */
export function tableEncoding(
  definition: Tabular,
  include: IncludeObject,
  clock: Clock,
  version: MetaVersion = 'v1',
): Encoding {
  const columns = JSON.stringify(
    definition.columns.map(({ name, type, format, priority, description }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
  );
  const cellsOf = (object: KubeObject): ReturnType<ResourceRules['tableCells']> => definition.rules.tableCells(object);
  const head = (meta: ListMeta, columnDefinitions: string): string =>
    `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${JSON.stringify(meta)},` +
    `"columnDefinitions":${columnDefinitions},"rows":[`;
  const pushRow = (pieces: Uint8Array[], before: string, object: Watched, cells: string): void => {
    const start = `${before}{"cells":${cells}`;
    if (include === 'None') pieces.push(Buffer.from(`${start}}`));
    else if (include === 'Object') pushObject(pieces, `${start},"object":`, object, '}');
    else pushMetadata(pieces, `${start},"object":${partialHead(version)}`, object, '}}');
  };
  return {
    single(object) {
      const parsed = object.object();
      const nowMs = clock.nowMs();
      const row = {
        cells: cellsOf(parsed).map((cell) => cellAt(cell, nowMs)),
        ...(include === 'None' ? {} : { object: include === 'Object' ? parsed : partialObject(parsed, version) }),
      };
      const meta = { resourceVersion: parsed.metadata.resourceVersion ?? '' };
      return [Buffer.from(`${head(meta, columns)}${JSON.stringify(row)}]}`)];
    },
    // After a start no row is known, and ten thousand pods are parsed for one list.
    async prepare(items, client) {
      let sinceMs = clock.monotonicMs();
      for (const item of items) {
        if (!rows.make(item, () => cellsOf(item.glance()))) continue;
        // Found once as well, byte by byte, and kept.
        if (include === 'Metadata') item.metadataEnd();
        if (clock.monotonicMs() - sinceMs < limits.tableTurnMs) continue;
        await setImmediate();
        client.signal.throwIfAborted();
        sinceMs = clock.monotonicMs();
      }
    },
    list(items, meta) {
      const nowMs = clock.nowMs();
      const pieces: Uint8Array[] = [];
      let before = head(meta, columns);
      for (const item of items) {
        pushRow(
          pieces,
          before,
          item,
          rows.cells(item, nowMs, () => cellsOf(item.glance())),
        );
        before = ',';
      }
      pieces.push(Buffer.from(items.length === 0 ? `${before}]}\n` : ']}\n'));
      return pieces;
    },
    firstDiffers: true,
    event(pieces, type, object, first) {
      const cells = rows.cells(object, clock.nowMs(), () => cellsOf(object.object()));
      const table = head({ resourceVersion: String(object.revision) }, first ? columns : 'null');
      pushRow(pieces, `{"type":"${type}","object":${table}`, object, cells);
      pieces.push(END_OF_EVENT);
    },
    bookmark(revision) {
      return Buffer.from(`{"type":"BOOKMARK","object":${head({ resourceVersion: String(revision) }, 'null')}]}}\n`);
    },
  };
}

const END_OF_EVENT = Buffer.from(']}}\n');
