import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { allResources, findResource } from '../registry.ts';
import { componentStatusColumns } from './answered.ts';

const reference = path.resolve(import.meta.dirname, '../../../../shared/kubernetes/table-columns.tsv');

interface Column {
  readonly place: string;
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly priority: number;
}

if (!existsSync(reference)) console.warn(`NOT COMPARED with the columns Kubernetes shows: there is no ${reference}`);

function recordedColumns(): ReadonlyMap<string, readonly Column[]> {
  if (!existsSync(reference)) return new Map();
  const [, ...lines] = readFileSync(reference, 'utf8').trimEnd().split('\n');
  const columns = lines.map((line): Column => {
    const [group = '', version = '', resource = '', name = '', type = '', format = '', priority] = line.split('\t');
    return { place: `${group}/${version}/${resource}`, name, type, format, priority: Number(priority) };
  });
  return Map.groupBy(columns, (column) => column.place);
}

test('every kind begins its rows with a column', () => {
  for (const one of allResources()) expect(one.columns[0], one.kind).toBeDefined();
});

test.skipIf(!existsSync(reference)).each([...recordedColumns()])(
  '%s shows the columns Kubernetes shows',
  (place, columns) => {
    const [group = '', version = '', resource = ''] = place.split('/');
    const answered = resource === 'componentstatuses' ? componentStatusColumns : [];
    const ours = findResource(group, version, resource)?.columns ?? answered;
    expect(ours.map(({ name, type, format, priority }) => ({ place, name, type, format, priority }))).toEqual(columns);
  },
);
