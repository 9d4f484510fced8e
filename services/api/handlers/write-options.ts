import { limits } from '@taffrail/platform/limits';
import type { Rejection } from '@taffrail/machinery/rejection';
import type { FieldError } from '@taffrail/resources/field-error';
import { invalid, tooLong } from '@taffrail/resources/validation/field';
import type { FieldValidation } from '@taffrail/state/command';
import { invalidOptions } from '../http/rejections.ts';
import { isTrue } from '../http/parsed-request.ts';

/** The options every write has, checked. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** Server-side apply takes over conflicting fields. */
  readonly force: boolean;
}

export type WriteOptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

/**
 * Reads and checks the query of a create, update or patch. `userAgent` names the field manager when the query does not,
 * as Kubernetes takes it: the part before the first slash.
 */
export function writeOptions(
  query: URLSearchParams,
  kind: WriteOptionsKind,
  userAgent: string,
  apply = false,
): WriteOptions | Rejection {
  const manager = query.get('fieldManager') ?? '';
  const validation = query.get('fieldValidation') ?? '';
  const errors: FieldError[] = [];
  if (kind === 'PatchOptions') {
    if (apply && manager === '') errors.push(required('fieldManager', 'is required for apply patch'));
    if (!apply && query.has('force')) errors.push(forbidden('force', 'may not be specified for non-apply patch'));
  }
  errors.push(...managerErrors(manager));
  const dryRun = dryRunOption(query.getAll('dryRun'), errors);
  errors.push(...validationErrors(validation));
  if (errors.length > 0) return invalidOptions(kind, errors);
  return {
    dryRun,
    fieldManager: manager === '' ? defaultManager(userAgent) : manager,
    fieldValidation: validation === '' ? 'Warn' : (validation as FieldValidation),
    force: isTrue(query.get('force')),
  };
}

function managerErrors(manager: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > limits.fieldManagerBytes)
    errors.push(tooLong('fieldManager', limits.fieldManagerBytes));
  for (const { 0: character, index } of manager.matchAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu)) {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const position = Buffer.byteLength(manager.slice(0, index));
    errors.push(invalid('fieldManager', manager, `invalid character U+${code} (at position ${position})`));
  }
  return errors;
}

/** Reads `dryRun`, whose only value is `All`. */
export function dryRunOption(values: readonly string[], errors: FieldError[]): boolean {
  const given = values.filter((value) => value !== '');
  if (given.some((value) => value !== 'All')) {
    errors.push({
      type: 'FieldValueNotSupported',
      field: 'dryRun',
      message: `Unsupported value: []string{${given.map((value) => JSON.stringify(value)).join(', ')}}: supported values: "All"`,
    });
  }
  return given.length > 0;
}

const VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

function validationErrors(validation: string): readonly FieldError[] {
  if (VALIDATIONS.includes(validation)) return [];
  return [
    {
      type: 'FieldValueNotSupported',
      field: 'fieldValidation',
      message: `Unsupported value: ${JSON.stringify(validation)}: supported values: "", "Ignore", "Strict", "Warn"`,
    },
  ];
}

function required(field: string, why: string): FieldError {
  return { type: 'FieldValueRequired', field, message: `Required value: ${why}` };
}

function forbidden(field: string, why: string): FieldError {
  return { type: 'FieldValueForbidden', field, message: `Forbidden: ${why}` };
}

function defaultManager(userAgent: string): string {
  const slash = userAgent.indexOf('/');
  const prefix = slash < 0 ? userAgent : userAgent.slice(0, slash);
  let manager = '';
  for (const character of prefix) {
    if (Buffer.byteLength(manager + character) > limits.fieldManagerBytes) break;
    if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) manager += character;
  }
  return manager;
}
