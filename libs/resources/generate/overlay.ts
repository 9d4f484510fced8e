import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Our own facts beside the packages': which lists are maps, how patches merge, protobuf numbers, kept zeros. */
export interface Overlay {
  /** Notes on a field, or on the type itself (`*`), as the schema table writes them: `list=map(name) patch=merge key=name`. */
  mergeNotes(type: string, field: string): string;
  /** Protobuf fields of a message: JSON name, or `&type` for a message that is inlined, and its number. */
  wireFields(type: string): ReadonlyMap<string, number>;
  keepsZero(type: string, field: string): boolean;
}

function lines(name: string): readonly string[] {
  const text = readFileSync(path.join(import.meta.dirname, name), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function readMergeRules(): ReadonlyMap<string, string> {
  const notes = new Map<string, string>();
  let type = '';
  for (const line of lines('merge-rules.txt')) {
    if (!line.startsWith(' ')) {
      type = line;
      continue;
    }
    const [field = '', ...rest] = line.trim().split(' ');
    notes.set(`${type} ${field}`, rest.join(' '));
  }
  return notes;
}

function readWireNumbers(): ReadonlyMap<string, ReadonlyMap<string, number>> {
  return new Map(
    lines('wire-numbers.txt').map((line) => {
      const [type = '', ...fields] = line.split(' ');
      const numbers = fields
        .map((field) => field.split('='))
        .map(([name = '', number]) => [name, Number(number)] as const);
      return [type, new Map(numbers)] as const;
    }),
  );
}

/** Reads the overlay files beside this one. */
export function readOverlay(): Overlay {
  const merge = readMergeRules();
  const wire = readWireNumbers();
  const zeros = new Set(
    lines('kept-zeros.txt').flatMap((line) => {
      const [type = '', ...fields] = line.split(' ');
      return fields.map((field) => `${type} ${field}`);
    }),
  );
  return {
    mergeNotes: (type, field) => merge.get(`${type} ${field}`) ?? '',
    wireFields: (type) => wire.get(type) ?? new Map(),
    keepsZero: (type, field) => zeros.has(`${type} ${field}`),
  };
}
