import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { badRequest, invalid, type Rejection } from '../rejection.ts';
import { conform } from './conform.ts';
import type { ExpectedKind } from './decode-object.ts';
import { type FieldValidation, strictDecodingMessage } from './field-validation.ts';
import { mediaTypeOf, unsupportedMediaType } from './media-type.ts';
import { parseJsonBody } from './parse-json.ts';
import { parseYamlBody } from './parse-yaml.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const PATCH_TYPES: ReadonlyMap<string, PatchType> = new Map([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
  ['application/apply-patch+yaml', 'apply'],
]);

export interface DecodedPatch {
  readonly rejected?: never;
  readonly patchType: PatchType;
  readonly patch: JsonValue;
  /** Members the patch sets twice, worded as strict decoding words them; empty when the request ignores them. */
  readonly duplicates: readonly string[];
}

/** Reads a patch's body. Rejects (400, 415) what is none. */
export function decodePatch(body: {
  readonly bytes: Uint8Array;
  readonly mediaType: string | undefined;
  readonly fieldValidation: FieldValidation;
}): DecodedPatch | Rejection {
  const patchType = PATCH_TYPES.get(mediaTypeOf(body.mediaType));
  if (patchType === undefined) return unsupportedMediaType([...PATCH_TYPES.keys()]);
  const parsed = patchType === 'apply' ? parseYamlBody(body.bytes) : parseJsonBody(body.bytes);
  if (parsed.fault !== undefined) {
    return badRequest(`error decoding ${patchType === 'apply' ? 'YAML' : 'patch'}: ${parsed.fault}`);
  }
  const isObject = isJsonObject(parsed.value);
  if (patchType === 'json' ? !Array.isArray(parsed.value) : !isObject) {
    return badRequest(`error decoding ${patchType === 'apply' ? 'YAML' : 'patch'}: wrong type of document`);
  }
  const faults = patchType === 'json' ? parsed.duplicates.map((fault) => `json patch ${fault}`) : parsed.duplicates;
  return { patchType, patch: parsed.value, duplicates: body.fieldValidation === 'Ignore' ? [] : faults };
}

export interface PatchedObject {
  readonly rejected?: never;
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

/** What is known of a patch beside its outcome. */
export interface PatchAsGiven {
  /** Members it set twice. */
  readonly duplicates?: readonly string[];
  /** What a refusal shows; the outcome by default. */
  readonly shown?: (() => string) | undefined;
  /** What was patched, where it is of the kind already: what the outcome shares with it is not read again. */
  readonly patched?: JsonObject | undefined;
}

/**
 * Makes the outcome of a patch an object of its kind again. Rejects (422, cause `patch`) values of wrong types and, when
 * the request is strict, fields that are unknown or that the patch sets twice.
 */
export function decodePatched(
  document: JsonObject,
  definition: ExpectedKind,
  fieldValidation: FieldValidation,
  { duplicates = [], shown, patched }: PatchAsGiven = {},
): PatchedObject | Rejection {
  const { object, unknown, fault } = conform(document, definition.schema, { known: patched });
  const refuse = (why: string): Rejection => invalidPatch(shown?.() ?? JSON.stringify(document), why);
  if (fault !== undefined) return refuse(fault);
  const faults = [...duplicates, ...unknown];
  if (faults.length > 0 && fieldValidation === 'Strict') return refuse(strictDecodingMessage(faults));
  return { object: object as KubeObject, warnings: fieldValidation === 'Warn' ? faults : [] };
}

function invalidPatch(shown: string, why: string): Rejection {
  const text = JSON.stringify(shown);
  return invalid({ group: '', kind: '', name: '' }, [
    { type: 'FieldValueInvalid', field: 'patch', message: `Invalid value: ${text}: ${why}` },
  ]);
}
