import { clientModel, type ModelField, type ModelNotes, modelNotes, stableNotes } from './npm-models.ts';
import type { Overlay } from './overlay.ts';
import { PLACES } from './roots.ts';

/** A field as both outputs need it. */
export interface CollectedField {
  readonly name: string;
  readonly required: boolean;
  /** The schema table's type code (`schema-text.ts` lists them). */
  readonly code: string;
  /** Protobuf numbers from the type to the field; more than one where a message is inlined. */
  readonly wire: readonly number[];
  readonly keepsZero: boolean;
  /** `list=… patch=… key=… map=…`. */
  readonly notes: string;
  readonly enum: readonly string[];
}

export interface CollectedType {
  /** E.g. `core.v1.Pod`. */
  readonly name: string;
  /** E.g. `apps/v1`. */
  readonly apiVersion: string;
  readonly notes: string;
  readonly fields: readonly CollectedField[];
}

const SCALARS: Readonly<Record<string, string>> = {
  'string ': 's',
  'string byte': 'y',
  'string date-time': 't',
  'Date date-time': 't',
  'string date-time-micro': 'm',
  'Date date-time-micro': 'm',
  'V1MicroTime date-time-micro': 'm',
  'number int32': 'i',
  'number int64': 'l',
  'number double': 'f',
  'number ': 'f',
  'boolean ': 'b',
  'IntOrString int-or-string': 'x',
  'any ': '*',
};

/** Follows the roots through everything they refer to; types in the order of their names. */
export function collectTypes(roots: readonly string[], overlay: Overlay): readonly CollectedType[] {
  const collected = new Map<string, CollectedType>();
  const named = new Map<string, Pick<ModelNotes, 'name' | 'apiVersion'>>();
  const waiting: { readonly model: string; readonly holder: ModelNotes | undefined }[] = roots.map((model) => ({
    model,
    holder: undefined,
  }));
  /** A type no package places belongs to the package of the first type that refers to it. */
  const place = (model: string, holder: ModelNotes | undefined): ModelNotes => {
    const notes = modelNotes(model);
    if (notes !== undefined) return notes;
    const placed = PLACES[model];
    if (placed !== undefined) return { ...placed, ...stableNotes(placed.name) };
    if (holder === undefined) throw new Error(`nothing tells where ${model} belongs`);
    const owner = holder.name.slice(0, holder.name.lastIndexOf('.'));
    const kind = model.replace(/^.*?V\d+(?:(?:beta|alpha)\d+)?/, '');
    const name = `${owner}.${kind}`;
    return { name, apiVersion: holder.apiVersion, ...stableNotes(name) };
  };
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (named.has(next.model)) continue;
    const notes = place(next.model, next.holder);
    named.set(next.model, notes);
    const fields = clientModel(next.model);
    if (fields === undefined) throw new Error(`@kubernetes/client-node has no ${next.model}`);
    const nameOf = (model: string): string => {
      waiting.push({ model, holder: notes });
      return (named.get(model) ?? place(model, notes)).name;
    };
    collected.set(notes.name, describe(notes, fields, overlay, nameOf));
  }
  return [...collected.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function describe(
  notes: ModelNotes,
  fields: readonly ModelField[],
  overlay: Overlay,
  nameOf: (model: string) => string,
): CollectedType {
  const wire = wirePaths(notes.name, overlay);
  return {
    name: notes.name,
    apiVersion: notes.apiVersion,
    notes: overlay.mergeNotes(notes.name, '*'),
    fields: fields.map((field) => ({
      name: field.name,
      required: field.required,
      code: typeCode(notes.name, field.type, field.format, notes.quantities.has(field.name), nameOf),
      wire: wire.get(field.name) ?? [],
      keepsZero: overlay.keepsZero(notes.name, field.name),
      notes: overlay.mergeNotes(notes.name, field.name),
      enum: notes.enums.get(field.name) ?? [],
    })),
  };
}

const ANY_VALUE_TYPES: ReadonlySet<string> = new Set(['apiextensions.v1.JSONSchemaProps']);

function typeCode(
  holder: string,
  type: string,
  format: string,
  quantity: boolean,
  nameOf: (model: string) => string,
): string {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) return `[]${typeCode(holder, list, format, quantity, nameOf)}`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) return `{}${typeCode(holder, map, format, quantity, nameOf)}`;
  if (quantity) return 'q';
  // In a JSON schema, "any" is any value; elsewhere it is an object that somebody else describes.
  if (type === 'any' && ANY_VALUE_TYPES.has(holder)) return '?';
  const scalar = SCALARS[`${type} ${format}`];
  if (scalar !== undefined) return scalar;
  if (!/^([A-Z][a-z]+)*V\d/.test(type)) throw new Error(`unknown type ${type} with format "${format}"`);
  return `@${nameOf(type)}`;
}

/** Number paths by JSON field: an inlined message's fields are the holder's. */
function wirePaths(type: string, overlay: Overlay): ReadonlyMap<string, readonly number[]> {
  const paths = new Map<string, readonly number[]>();
  for (const [field, number] of overlay.wireFields(type)) {
    if (!field.startsWith('&')) paths.set(field, [number]);
    else for (const [inner, rest] of wirePaths(field.slice(1), overlay)) paths.set(inner, [number, ...rest]);
  }
  return paths;
}
