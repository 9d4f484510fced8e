import type { FieldError } from '../field-error.ts';
import type { Condition } from '../generated/types.ts';
import type { Given } from '../given.ts';
import { qualifiedName } from '../syntax/labels.ts';
import { regexFault } from '../syntax/regex-fault.ts';
import { child, duplicate, index, invalid, invalids, notSupported, type Path, required, tooLong } from './field.ts';

const STATUSES: readonly string[] = ['False', 'True', 'Unknown'];
const REASON = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonExpression = new RegExp(`^(?:${REASON})$`);
const REASON_FAULT = regexFault(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  REASON,
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
);
const REASON_BYTES = 1024;
const MESSAGE_BYTES = 32 * 1024;

/** Conditions as newer kinds have them: each type once, and every part of them said. */
export function validateConditions(conditions: readonly Given<Condition>[], path: Path): readonly FieldError[] {
  const types = new Set<string>();
  return conditions.flatMap((condition, at) => {
    const { type = '' } = condition;
    const here = index(path, at);
    const again = types.has(type) ? [duplicate(child(here, 'type'), type)] : [];
    types.add(type);
    return [...again, ...validateCondition(condition, here)];
  });
}

function validateCondition(condition: Given<Condition>, path: Path): readonly FieldError[] {
  const { type = '', status = '', observedGeneration = 0, lastTransitionTime, reason = '', message = '' } = condition;
  const errors = [...invalids(child(path, 'type'), type, qualifiedName(type))];
  if (!STATUSES.includes(status)) errors.push(notSupported(child(path, 'status'), status, STATUSES));
  if (observedGeneration < 0) {
    const detail = 'must be greater than or equal to zero';
    errors.push(invalid(child(path, 'observedGeneration'), observedGeneration, detail));
  }
  // An unset time is written as null.
  if ((lastTransitionTime ?? '') === '') errors.push(required(child(path, 'lastTransitionTime'), 'must be set'));
  const reasonPath = child(path, 'reason');
  if (reason === '') errors.push(required(reasonPath, 'must be set'));
  else if (!reasonExpression.test(reason)) errors.push(invalid(reasonPath, reason, REASON_FAULT));
  if (Buffer.byteLength(reason) > REASON_BYTES) errors.push(tooLong(reasonPath, REASON_BYTES));
  if (Buffer.byteLength(message) > MESSAGE_BYTES) errors.push(tooLong(child(path, 'message'), MESSAGE_BYTES));
  return errors;
}
