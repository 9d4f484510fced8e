import { isJsonObject, type JsonValue } from '@taffrail/resources/json';

/** One thing that differs between two states of an object. Absent: it was not there, or is not there any more. */
export interface ObjectChange {
  /** Where, as a person would say it: `spec.replicas`, `spec.containers[web].image`, `status.conditions[Ready].status`. */
  readonly path: string;
  readonly from?: JsonValue;
  readonly to?: JsonValue;
}

/** Bookkeeping that changes with every write and says nothing about what was done. */
const UNTOLD = new Set(['metadata.managedFields', 'metadata.resourceVersion', 'metadata.generation']);

/** By which field the elements of a list are told apart, in the order they are tried. */
const ELEMENT_KEYS = ['name', 'type', 'uid', 'ip', 'containerPort', 'port', 'key'] as const;

/** What changed between two states of an object, in the order the fields stand in the later one; then what is gone. */
export function objectChanges(from: JsonValue, to: JsonValue): readonly ObjectChange[] {
  return differences('', from, to);
}

function differences(path: string, from: JsonValue | undefined, to: JsonValue | undefined): readonly ObjectChange[] {
  if (UNTOLD.has(path)) return [];
  if (isJsonObject(from) && isJsonObject(to)) {
    const names = [...new Set([...Object.keys(to), ...Object.keys(from)])];
    return names.flatMap((name) => differences(path === '' ? name : `${path}.${name}`, from[name], to[name]));
  }
  if (Array.isArray(from) && Array.isArray(to)) return listDifferences(path, from, to);
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  return [{ path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
}

function listDifferences(path: string, from: readonly JsonValue[], to: readonly JsonValue[]): readonly ObjectChange[] {
  const [before, after] = elementKeys([from, to]) ?? [];
  if (before === undefined || after === undefined) {
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }];
  }
  const keys = [...new Set([...after.keys(), ...before.keys()])];
  return keys.flatMap((key) => differences(`${path}[${key}]`, before.get(key), after.get(key)));
}

/** The elements of several lists under one key that tells those of each apart; undefined when there is none. */
export function elementKeys(
  lists: readonly (readonly JsonValue[])[],
): readonly ReadonlyMap<string, JsonValue>[] | undefined {
  for (const field of ELEMENT_KEYS) {
    const keyed = lists.map((list) => elementsUnder(field, list));
    const whole = keyed.filter((one) => one !== undefined);
    if (whole.length === lists.length) return whole;
  }
  return undefined;
}

/** A list's elements under their keys, or undefined when they have none that tells them apart. */
export function elementsByKey(list: readonly JsonValue[]): ReadonlyMap<string, JsonValue> | undefined {
  return elementKeys([list])?.[0];
}

function elementsUnder(field: string, list: readonly JsonValue[]): ReadonlyMap<string, JsonValue> | undefined {
  const elements = new Map<string, JsonValue>();
  for (const element of list) {
    const key = isJsonObject(element) ? element[field] : undefined;
    if (typeof key === 'string' || typeof key === 'number') elements.set(String(key), element);
  }
  return elements.size === list.length ? elements : undefined;
}

const TOLD_COUNT = 3;
const VALUE_LENGTH = 48;

/** The changes in a few words: `replicas 3 → 5, template.metadata.labels.app +web`. */
export function changesInWords(changes: readonly ObjectChange[]): string {
  const plain = changes.filter(({ path }) => !BESIDE_A_CONDITION.test(path));
  const worthTelling = plain.length === 0 ? changes : plain;
  const told = worthTelling.slice(0, TOLD_COUNT).map(changeInWords);
  const left = worthTelling.length - told.length;
  return [...told, ...(left > 0 ? [`and ${left} more`] : [])].join(', ');
}

/** What only explains or dates a condition. */
const BESIDE_A_CONDITION = /^status\.conditions\[[^\]]*\]\.(last\w+Time|reason|message|observedGeneration)$/;
/** A condition, or what it says. */
const CONDITION = /^status\.conditions\[([^\]]*)\](\.status)?$/;

function changeInWords(change: ObjectChange): string {
  const { path, from, to } = conditionInShort(change);
  const place = path.replace(/^(spec|data|metadata)\./, '');
  if (from === undefined) return `${place} +${valueInWords(to)}`;
  if (to === undefined) return `${place} removed`;
  return `${place} ${valueInWords(from)} → ${valueInWords(to)}`;
}

/** A condition by its name and what it says: `Ready False → True`. */
function conditionInShort({ path, from, to }: ObjectChange): ObjectChange {
  if (path === 'status.conditions' && from === undefined && Array.isArray(to)) {
    return { path, to: (to as readonly JsonValue[]).map(conditionText).join(' ') };
  }
  const [, name] = CONDITION.exec(path) ?? [];
  if (name === undefined) return { path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  return {
    path: name,
    ...(from === undefined ? {} : { from: statusOf(from) }),
    ...(to === undefined ? {} : { to: statusOf(to) }),
  };
}

function conditionText(condition: JsonValue): string {
  const type = isJsonObject(condition) ? condition['type'] : undefined;
  return `${typeof type === 'string' ? type : '?'}=${valueInWords(statusOf(condition))}`;
}

function statusOf(condition: JsonValue): JsonValue {
  return isJsonObject(condition) ? (condition['status'] ?? null) : condition;
}

function valueInWords(value: JsonValue | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > VALUE_LENGTH ? `${line.slice(0, VALUE_LENGTH - 1)}…` : line === '' ? '""' : line;
}
