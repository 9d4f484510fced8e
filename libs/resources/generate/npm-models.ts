import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One field as `@kubernetes/client-node` describes it. */
export interface ModelField {
  /** JSON name. */
  readonly name: string;
  /** E.g. `string`, `Array<V1Container>`, `{ [key: string]: string; }`. */
  readonly type: string;
  /** E.g. `int32`, `byte`, `date-time-micro`; '' for none. */
  readonly format: string;
  readonly required: boolean;
}

const modules = path.resolve(import.meta.dirname, '../../../node_modules');
const clientModels = path.join(modules, '@kubernetes/client-node/dist/gen/models');

/** The fields of a model, in its own order; `undefined` when the package has none of that name. */
export function clientModel(name: string): readonly ModelField[] | undefined {
  const source = path.join(clientModels, `${name}.js`);
  if (!existsSync(source)) return undefined;
  const list = /\.attributeTypeMap = (\[[^]*?\n\]);/.exec(readFileSync(source, 'utf8'))?.[1];
  if (list === undefined) throw new Error(`no attributeTypeMap in ${source}`);
  const entries = JSON.parse(list) as readonly { name: string; baseName: string; type: string; format: string }[];
  const declarations = readFileSync(path.join(clientModels, `${name}.d.ts`), 'utf8');
  const optional = new Set([...declarations.matchAll(/^ {4}'([^']+)'\?:/gm)].map((match) => match[1]));
  return entries.map((entry) => ({
    name: entry.baseName,
    type: entry.type,
    format: entry.format,
    required: !optional.has(entry.name),
  }));
}

/** What `kubernetes-models` adds to a type: its full place, which fields are quantities, and closed sets of values. */
export interface ModelNotes {
  /** E.g. `core.v1.Pod`. */
  readonly name: string;
  /** E.g. `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly quantities: ReadonlySet<string>;
  readonly enums: ReadonlyMap<string, readonly string[]>;
}

const stableModels = path.join(modules, 'kubernetes-models');
const metaModels = path.join(modules, '@kubernetes-models/apimachinery/apis/meta/v1');

/** Groups whose folder is not the short name types carry. */
function shortGroup(folder: string): string {
  return folder.split('.')[0] ?? folder;
}

/** Where a version's models lie, and the package its types belong to. */
interface Place {
  readonly folder: string;
  readonly owner: string;
  readonly apiVersion: string;
}

function places(version: string): readonly Place[] {
  const groups = readdirSync(stableModels).filter((name) => existsSync(path.join(stableModels, name, version)));
  return [
    { folder: path.join(stableModels, version), owner: `core.${version}`, apiVersion: version },
    ...groups.map((group) => ({
      folder: path.join(stableModels, group, version),
      owner: `${shortGroup(group)}.${version}`,
      apiVersion: `${group}/${version}`,
    })),
    ...(version === 'v1' ? [{ folder: metaModels, owner: 'meta.v1', apiVersion: 'v1' }] : []),
  ];
}

/**
 * Notes on a client model such as `V1Pod`, `CoreV1Event` or `V1beta1Foo`. A model named after its group is looked for there only.
 * `undefined` when the package does not know the type: it then belongs to whoever refers to it.
 */
export function modelNotes(model: string): ModelNotes | undefined {
  const match = /^(.*?)(V\d+(?:(?:beta|alpha)\d+)?)(.+)$/.exec(model);
  if (match === null) throw new Error(`not a model's name: ${model}`);
  const [, prefix = '', version = '', kind = ''] = match;
  const found = places(version.toLowerCase())
    .filter(({ owner }) => prefix === '' || owner.split('.')[0] === prefix.toLowerCase())
    .filter(({ folder }) => existsSync(path.join(folder, `${kind}.d.ts`)));
  const [place] = found;
  if (place === undefined) return undefined;
  const text = readFileSync(path.join(place.folder, `${kind}.d.ts`), 'utf8');
  return { name: `${place.owner}.${kind}`, apiVersion: place.apiVersion, ...fieldNotes(text) };
}

/** Notes on the stable twin of a type that only a beta of its group has here: `resource.v1beta1.Counter` is read as `resource.v1.Counter`. */
export function stableNotes(name: string): Pick<ModelNotes, 'quantities' | 'enums'> {
  const [owner = '', , kind = ''] = name.split('.');
  const place = places('v1').find((one) => one.owner === `${owner}.v1`);
  const file = place === undefined ? undefined : path.join(place.folder, `${kind}.d.ts`);
  if (file === undefined || !existsSync(file)) return { quantities: new Set(), enums: new Map() };
  return fieldNotes(readFileSync(file, 'utf8'));
}

function fieldNotes(text: string): Pick<ModelNotes, 'quantities' | 'enums'> {
  const body =
    /export interface I\w+ (?:extends \w+ )?\{([^]*?)\n\}/.exec(text.replaceAll(/\/\*[^]*?\*\//g, ''))?.[1] ?? '';
  const quantities = new Set<string>();
  const enums = new Map<string, readonly string[]>();
  for (const [, field = '', type = ''] of body.matchAll(/"([^"]+)"\??:\s*((?:\{[^}]*\}|[^;{])+);/g)) {
    if (/\bIIoK8sApimachineryPkgApiResourceQuantity\b/.test(type)) quantities.add(field);
    const values = [...type.matchAll(/"([^"]*)"/g)].map((value) => value[1] ?? '');
    if (values.length > 0 && field !== 'kind' && field !== 'apiVersion') enums.set(field, values.toSorted());
  }
  return { quantities, enums };
}
