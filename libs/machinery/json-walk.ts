import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MutableJson,
  type MutableJsonObject,
} from '@taffrail/resources/json';
import { ownMember } from './own-property.ts';

/** Deep equality of JSON: member order does not matter, a member that is undefined is absent. */
export function jsonEqual(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    for (let at = 0; at < left.length; at++) if (!jsonEqual(left[at], right[at])) return false;
    return true;
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  let count = 0;
  for (const name of Object.keys(left)) {
    const member = left[name];
    if (member === undefined) continue;
    if (!Object.hasOwn(right, name) || !jsonEqual(member, right[name])) return false;
    count++;
  }
  return count === membersCount(right);
}

/**
 * A value with every part that equals the same part of `other` taken from there: whoever compares the two later sees by
 * identity what did not change, and they take the room of one. Changes `value`, which its owner hands over; what it
 * shares with `other` afterwards is nobody's to change.
 */
export function sharing(value: MutableJson, other: JsonValue | undefined): MutableJson {
  if (value === other || typeof value !== 'object' || typeof other !== 'object') return value;
  if (value === null || other === null || Array.isArray(value) !== Array.isArray(other)) return value;
  const isSame = Array.isArray(value)
    ? shareItems(value, other as readonly JsonValue[])
    : shareMembers(value, other as JsonObject);
  return isSame ? (other as MutableJson) : value;
}

function shareItems(value: MutableJson[], other: readonly JsonValue[]): boolean {
  let isSame = value.length === other.length;
  for (let at = 0; at < value.length; at++) {
    const item = value[at] ?? null;
    const shared = sharing(item, other[at]);
    if (shared !== item) value[at] = shared;
    if (shared !== other[at]) isSame = false;
  }
  return isSame;
}

function shareMembers(value: MutableJsonObject, other: JsonObject): boolean {
  let isSame = true;
  let count = 0;
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member === undefined) continue;
    count++;
    const counterpart = ownMember(other, name);
    const shared = sharing(member, counterpart);
    // Its own already, whatever its name: this is no new member.
    if (shared !== member) value[name] = shared;
    if (shared !== counterpart) isSame = false;
  }
  return isSame && count === membersCount(other);
}

function membersCount(object: JsonObject): number {
  let count = 0;
  for (const name of Object.keys(object)) if (object[name] !== undefined) count++;
  return count;
}

/** Whether containers are nested more than `levels` deep. Needs no stack of its own, whatever the depth. */
export function isDeeperThan(value: JsonValue, levels: number): boolean {
  const pending: { readonly value: JsonValue; readonly depth: number }[] = [{ value, depth: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > levels) return true;
    for (const member of Array.isArray(value) ? value : Object.values(value)) {
      if (typeof member === 'object' && member !== null) pending.push({ value: member as JsonValue, depth: depth + 1 });
    }
  }
  return false;
}
