import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { UsageError } from '../failure.ts';

const EXTENSIONS = ['.json', '.yaml', '.yml'];

/** Reads the objects of files, of the manifests in directories and, for `-`, of standard input, in order. Throws UsageError. */
export async function readManifests(
  names: readonly string[],
  recursive: boolean,
  standardInput: AsyncIterable<Uint8Array>,
): Promise<readonly JsonObject[]> {
  const objects: JsonObject[] = [];
  for (const name of names) {
    if (name === '-') {
      const chunks: Uint8Array[] = [];
      for await (const chunk of standardInput) chunks.push(chunk);
      objects.push(...objectsIn(Buffer.concat(chunks).toString(), 'standard input'));
      continue;
    }
    for (const file of await filesIn(name, recursive)) objects.push(...objectsIn(await readFile(file, 'utf8'), file));
  }
  if (objects.length === 0) throw new UsageError('no objects passed to apply');
  return objects;
}

async function filesIn(name: string, recursive: boolean): Promise<readonly string[]> {
  const found = await stat(name).catch((error: unknown) => {
    throw new UsageError(`${name} cannot be read: ${messageOf(error)}`);
  });
  if (!found.isDirectory()) return [name];
  const entries = await readdir(name, { withFileTypes: true, recursive });
  return entries
    .filter((entry) => entry.isFile() && EXTENSIONS.some((extension) => entry.name.endsWith(extension)))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** The objects of a text: several YAML documents or one of JSON; the items of Lists stand for themselves. */
export function objectsIn(text: string, where: string): readonly JsonObject[] {
  const documents = parseAllDocuments(text, { uniqueKeys: true });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new UsageError(`${where}: ${error.message.split('\n')[0] ?? 'is not YAML'}`);
    const value = document.toJS({ maxAliasCount: limits.yamlAliasesCount }) as JsonValue;
    if (value === null) return [];
    if (!isJsonObject(value)) throw new UsageError(`${where}: a document is no object`);
    return itemsOf(value, where);
  });
}

function itemsOf(object: JsonObject, where: string): readonly JsonObject[] {
  const { kind, apiVersion, items } = object;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') {
    throw new UsageError(`${where}: an object without kind or apiVersion`);
  }
  if (!kind.endsWith('List') || !Array.isArray(items)) return [object];
  return (items as readonly JsonValue[]).flatMap((item) => {
    if (!isJsonObject(item)) throw new UsageError(`${where}: an item of a ${kind} is no object`);
    const own = kind === 'List' ? item : { apiVersion, kind: kind.slice(0, -'List'.length), ...item };
    return itemsOf(own, where);
  });
}
