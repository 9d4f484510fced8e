import { CLEAR_METADATA } from '@taffrail/log/sealed-object';
import type { LogEvent } from '@taffrail/log/event';
import type { EncryptedResources } from '@taffrail/resources/encrypted-resources';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { ObjectChange } from './object-changes.ts';

/*
 * The values of encrypted objects are told to nobody who has not read the object itself. Of a Secret they are its entries and
 * its annotations (kubectl keeps a whole copy of what was applied in one); of any other encrypted object everything that its
 * envelope does not show either.
 */

/** What stands in the place of a hidden value. */
export const HIDDEN = '(hidden)';
/** The same where the value is another than the one before. */
export const HIDDEN_CHANGED = '(hidden, changed)';

type Resource = Pick<LogEvent, 'group' | 'resource'>;

/** Whether the value at a path is hidden, of the objects of one resource; `path` as changes name it. */
type Hides = (path: string) => boolean;

const SECRET_PLACES = ['data', 'stringData', 'metadata.annotations'] as const;

const secretHides: Hides = (path) =>
  path === 'metadata' || SECRET_PLACES.some((place) => path === place || path.startsWith(`${place}.`));

const CLEAR: ReadonlySet<string> = new Set([
  'kind',
  'apiVersion',
  'metadata.resourceVersion',
  ...CLEAR_METADATA.map((name) => `metadata.${name}`),
]);

const envelopeHides: Hides = (path) => {
  const [top = '', under = ''] = path.split(/[.[]/, 2);
  return !CLEAR.has(top) && !CLEAR.has(`${top}.${under}`);
};

function hidesOf({ group, resource }: Resource, encrypts: EncryptedResources): Hides | undefined {
  if (group === '' && resource === 'secrets') return secretHides;
  return encrypts({ group, resource }) ? envelopeHides : undefined;
}

/** An event's changes as they may be printed: of encrypted objects, which values changed and never what they are. */
export function withoutHidden(
  of: Resource,
  changes: readonly ObjectChange[],
  encrypts: EncryptedResources,
): readonly ObjectChange[] {
  const hides = hidesOf(of, encrypts);
  if (hides === undefined) return changes;
  const shown = new Map<string, ObjectChange>();
  for (const change of changes) {
    if (!hides(change.path)) shown.set(change.path, change);
    else if (isInList(change.path)) {
      const path = outsideOfLists(change.path);
      shown.set(path, { path, from: HIDDEN, to: HIDDEN });
    } else shown.set(change.path, withoutValues(change));
  }
  return [...shown.values()];
}

/** A path as it may be printed. */
export function shownPath(of: Resource, path: string, encrypts: EncryptedResources): string {
  return hidesOf(of, encrypts)?.(path) === true ? outsideOfLists(path) : path;
}

/** Paths name an element of a list by what tells it apart, which is a value too: of hidden lists only their place is said. */
function outsideOfLists(path: string): string {
  return path.split('[', 1)[0] ?? path;
}

function isInList(path: string): boolean {
  return path.includes('[');
}

function withoutValues({ path, from, to }: ObjectChange): ObjectChange {
  return {
    path,
    ...(from === undefined ? {} : { from: HIDDEN }),
    ...(to === undefined ? {} : { to: HIDDEN }),
  };
}

/** An object as it may be printed; `before` is what it is compared with, so that a value that changed shows as changed. */
export function withoutHiddenValues(
  of: Resource,
  object: JsonObject,
  encrypts: EncryptedResources,
  before?: JsonObject,
): JsonObject {
  const hides = hidesOf(of, encrypts);
  if (hides === undefined) return object;
  const { metadata, ...content } = object;
  const { metadata: metadataBefore, ...contentBefore } = before ?? {};
  return {
    ...membersShown('', content, contentBefore, hides),
    ...(isJsonObject(metadata) ? { metadata: membersShown('metadata.', metadata, metadataBefore, hides) } : {}),
  };
}

function membersShown(prefix: string, members: JsonObject, before: JsonValue | undefined, hides: Hides): JsonObject {
  const earlier = isJsonObject(before) ? before : {};
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name,
      hides(prefix + name) && value !== undefined ? hiddenMembers(value, earlier[name]) : value,
    ]),
  );
}

/** The names of a map stay: they say which value is which. */
function hiddenMembers(value: JsonValue, before: JsonValue | undefined): JsonValue {
  if (!isJsonObject(value)) return hiddenValue(value, before);
  const earlier = isJsonObject(before) ? before : {};
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hiddenValue(one, earlier[name])]));
}

function hiddenValue(value: JsonValue | undefined, before: JsonValue | undefined): string {
  return before !== undefined && JSON.stringify(before) !== JSON.stringify(value) ? HIDDEN_CHANGED : HIDDEN;
}
