import { assertNever } from '@taffrail/platform/assert';
import { limits } from '@taffrail/platform/limits';
import { cloneJson, isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { isDeeperThan, jsonEqual } from '../json-walk.ts';
import { ownMember } from '../own-property.ts';
import { badRequest, requestEntityTooLarge } from '../rejection.ts';
import { PatchDraft } from './patch-draft.ts';
import { inapplicable, type PatchResult } from './patched.ts';

/**
 * Applies a JSON Patch (RFC 6902), all operations or none.
 *
 * Where the RFC and the API server differ, this follows the API server, which clients are written against: `replace` of a
 * missing member adds it, `test` for null holds for a missing member, a negative index counts from the end. Everything
 * else is the RFC: the path "" is the whole document, and `copy` and `move` need their source.
 *
 * Rejections: 400 for something that is no patch, 413 for too many operations, 422 for a patch that does not apply.
 */
export function applyJsonPatch(document: JsonObject, patch: JsonValue): PatchResult {
  if (!Array.isArray(patch)) {
    return badRequest(`json: cannot unmarshal ${jsonTypeName(patch)} into Go value of type jsonpatch.Patch`);
  }
  if (patch.length > limits.jsonPatchOperationsCount) {
    return requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${limits.jsonPatchOperationsCount}, got ${patch.length}`,
    );
  }
  const draft = new PatchDraft(document);
  const budget: CopyBudget = { copiedBytes: 0 };
  for (const operation of patch as readonly JsonValue[]) {
    if (!isJsonObject(operation)) {
      return badRequest(`json: cannot unmarshal ${jsonTypeName(operation)} into Go value of type jsonpatch.Operation`);
    }
    const failure = applyOperation(draft, operation, budget);
    if (failure !== undefined) return inapplicable(failure);
  }
  const patched = draft.root;
  if (!isJsonObject(patched)) return inapplicable('the patched document is not an object');
  if (isDeeperThan(patched, limits.jsonDepthCount)) return inapplicable('the patched document is nested too deep');
  return { document: patched };
}

/** What `copy` operations have added so far: a short patch could otherwise double a document again and again. */
interface CopyBudget {
  copiedBytes: number;
}

type OperationKind = 'add' | 'remove' | 'replace' | 'test' | 'move' | 'copy';

function isOperationKind(value: JsonValue | undefined): value is OperationKind {
  return ['add', 'remove', 'replace', 'test', 'move', 'copy'].includes(value as string);
}

/** Applies one operation; answers why it does not apply. */
function applyOperation(draft: PatchDraft, operation: JsonObject, budget: CopyBudget): string | undefined {
  const kind = ownMember(operation, 'op');
  if (!isOperationKind(kind)) return `Unexpected kind: ${typeof kind === 'string' ? kind : 'unknown'}`;
  const path = ownMember(operation, 'path');
  if (typeof path !== 'string') return `${kind} operation failed to decode path: missing value`;
  const value = ownMember(operation, 'value');
  switch (kind) {
    case 'add':
      return value === undefined ? missingValue(kind) : draft.add(kind, path, value);
    case 'remove':
      return draft.remove(kind, path);
    case 'replace':
      return value === undefined ? missingValue(kind) : draft.replace(path, value);
    case 'test':
      return test(draft, path, value ?? null);
    case 'move':
      return move(draft, operation, path);
    case 'copy':
      return copy(draft, operation, path, budget);
    default:
      return assertNever(kind);
  }
}

function missingValue(kind: string): string {
  return `${kind} operation failed to decode value: missing value`;
}

function test(draft: PatchDraft, path: string, expected: JsonValue): string | undefined {
  const found = draft.lookup(path);
  if (found.failure !== undefined) {
    return found.failure === 'no-parent'
      ? `test operation does not apply: is missing path: ${path}: missing value`
      : `error in test for path: '${path}': ${found.failure}`;
  }
  return jsonEqual(found.value ?? null, expected) ? undefined : `testing value ${path} failed: test failed`;
}

function move(draft: PatchDraft, operation: JsonObject, path: string): string | undefined {
  const source = ownMember(operation, 'from');
  if (typeof source !== 'string') return 'move operation failed to decode from: missing value';
  if (path === source) return draft.lookup(source).value === undefined ? missingSource('move', source) : undefined;
  if (path.startsWith(`${source}/`)) return `move operation does not apply: ${source} cannot be moved into itself`;
  const found = draft.lookup(source);
  if (found.value === undefined) return missingSource('move', source);
  return draft.remove('move', source) ?? draft.add('move', path, found.value);
}

function copy(draft: PatchDraft, operation: JsonObject, path: string, budget: CopyBudget): string | undefined {
  const source = ownMember(operation, 'from');
  if (typeof source !== 'string') return 'copy operation failed to decode from: missing value';
  const found = draft.lookup(source);
  if (found.value === undefined) return missingSource('copy', source);
  if (isDeeperThan(found.value, limits.jsonDepthCount))
    return `copy operation does not apply: ${source} is nested too deep`;
  budget.copiedBytes += JSON.stringify(found.value).length;
  if (budget.copiedBytes > limits.jsonPatchCopyBytes) {
    return `Unable to complete the copy, the accumulated size increase of copy is ${budget.copiedBytes}, exceeding the limit ${limits.jsonPatchCopyBytes}`;
  }
  // A copy shares nothing with its source, or a later operation on one would change the other.
  return draft.add('copy', path, cloneJson(found.value));
}

function missingSource(kind: string, from: string): string {
  return `${kind} operation does not apply: doc is missing from path: ${from}: missing value`;
}

/** What encoding/json calls a JSON value. */
function jsonTypeName(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
