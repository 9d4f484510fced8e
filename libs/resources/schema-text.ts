import { assert } from '@taffrail/platform/assert';
import type { FieldSchema, ListType, PatchStrategy, TypeSchema, ValueSchema } from './schema.ts';

/*
 * The schema table is one text. A line that begins in column one opens a type: its name and notes. Each line below is a field:
 *
 *   name[!] code [#wire] [0] [list=…] [map=…] [patch=…] [key=…] [enum=…]
 *
 * `!` required · code: s string, y bytes, i int32, l int64, f number, b boolean, t time, m micro-time, q quantity, x int-or-string,
 * * any object, ? any value, @type, []code list, {}code map · #2.4 protobuf number 4 inside the inlined message number 2 · 0 zero is a value ·
 * list=map(k1,k2)|set|atomic · map=atomic|granular · patch=merge,retainKeys · key=the merge key · enum=A|B
 */

/** Names in the text leave out what they share. */
const PREFIXES: readonly (readonly [string, string])[] = [
  ['io.k8s.apimachinery.pkg.apis.meta.', 'meta.'],
  ['io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.', 'apiextensions.'],
  ['io.k8s.kube-aggregator.pkg.apis.apiregistration.', 'apiregistration.'],
  ['io.k8s.api.', ''],
];

/** The name a type has in the text. */
export function shortName(name: string): string {
  for (const [long, short] of PREFIXES) if (name.startsWith(long)) return short + name.slice(long.length);
  return name;
}

/** The name Kubernetes' own documents use. */
export function fullName(name: string): string {
  for (const [long, short] of PREFIXES) if (name.startsWith(short)) return long + name.slice(short.length);
  return name;
}

/** Where each type's block lies in the text, by short name. */
export function indexSchemaText(text: string): ReadonlyMap<string, readonly [start: number, end: number]> {
  const index = new Map<string, readonly [number, number]>();
  const heads = [...text.matchAll(/^[^\s].*$/gm)];
  for (const [at, head] of heads.entries()) {
    const [name = ''] = head[0].split(' ');
    index.set(name, [head.index, heads[at + 1]?.index ?? text.length]);
  }
  return index;
}

/** Reads one type's block. */
export function parseType(block: string): TypeSchema {
  const [head = '', ...lines] = block.trimEnd().split('\n');
  const [name = '', ...notes] = head.split(' ');
  const fields = lines.map((line) => parseField(line.slice(1)));
  return Object.freeze({
    name: fullName(name),
    atomic: notes.includes('map=atomic'),
    fields: new Map(fields.map((field) => [field.name, field])),
  });
}

function parseField(line: string): FieldSchema {
  const [nameText = '', code = '', ...notes] = line.split(' ');
  const note = (name: string): string | undefined =>
    notes.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  const required = nameText.endsWith('!');
  const list = note('list');
  const patch = note('patch');
  const mergeKey = note('key');
  const wire = notes.find((one) => one.startsWith('#'));
  return Object.freeze<FieldSchema>({
    name: required ? nameText.slice(0, -1) : nameText,
    value: parseCode(code, note('enum')?.split('|')),
    required,
    wire: wire === undefined ? [] : wire.slice(1).split('.').map(Number),
    keepsZero: required || notes.includes('0'),
    ...(list === undefined ? {} : listNotes(list)),
    ...(note('map') === 'atomic' ? { atomic: true } : {}),
    ...(note('map') === 'granular' ? { granular: true } : {}),
    ...(patch === undefined ? {} : { patchStrategies: patch.split(',') as readonly PatchStrategy[] }),
    ...(mergeKey === undefined ? {} : { mergeKey }),
  });
}

function listNotes(text: string): { readonly listType: ListType; readonly mapKeys?: readonly string[] } {
  const keys = /^map\((.*)\)$/.exec(text)?.[1];
  return keys === undefined ? { listType: text as ListType } : { listType: 'map', mapKeys: keys.split(',') };
}

const SCALARS: Readonly<Record<string, ValueSchema>> = {
  s: { type: 'string' },
  y: { type: 'bytes' },
  i: { type: 'integer', bits: 32 },
  l: { type: 'integer', bits: 64 },
  f: { type: 'number' },
  b: { type: 'boolean' },
  t: { type: 'time' },
  m: { type: 'micro-time' },
  q: { type: 'quantity' },
  x: { type: 'int-or-string' },
  '*': { type: 'any' },
  '?': { type: 'any', scalarsToo: true },
};

function parseCode(code: string, values: readonly string[] | undefined): ValueSchema {
  if (code.startsWith('[]')) return { type: 'list', items: parseCode(code.slice(2), values) };
  if (code.startsWith('{}')) return { type: 'map', values: parseCode(code.slice(2), values) };
  if (code.startsWith('@')) return { type: 'object', ref: fullName(code.slice(1)) };
  if (code === 's' && values !== undefined) return { type: 'string', enum: values };
  const scalar = SCALARS[code];
  assert(scalar !== undefined, `the schema table has a type code "${code}"`);
  return scalar;
}
