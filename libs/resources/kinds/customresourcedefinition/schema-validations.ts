import type { FieldError } from '../../field-error.ts';
import type { ValidationRule } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, index, invalid, notSupported, type Path, required } from '../../validation/field.ts';
import { fieldAt, type Schema } from './schemas.ts';

const REASONS: readonly string[] = [
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueRequired',
];
const LINE_BREAK = /[\n\r]/;

/** The rules in CEL that a schema has, as far as can be told without reading the expressions. */
export function validateValidations(schema: Schema, path: Path): readonly FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, at) =>
    validateRule(rule, schema, index(child(path, 'x-kubernetes-validations'), at)),
  );
}

function validateRule(
  { rule = '', message = '', messageExpression = '', reason, fieldPath = '' }: Given<ValidationRule>,
  schema: Schema,
  path: Path,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const [said, messagePath, placePath] = [message.trim(), child(path, 'message'), child(path, 'fieldPath')];
  if (rule.trim() === '') errors.push(required(child(path, 'rule'), 'rule is not specified'));
  else if (message !== '' && said === '') {
    errors.push(invalid(messagePath, message, 'message must be non-empty if specified'));
  } else if (LINE_BREAK.test(said)) errors.push(invalid(messagePath, message, 'message must not contain line breaks'));
  else if (LINE_BREAK.test(rule.trim()) && said === '') {
    errors.push(required(messagePath, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression !== '' && messageExpression.trim() === '') {
    const detail = 'messageExpression must be non-empty if specified';
    errors.push(required(child(path, 'messageExpression'), detail));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupported(child(path, 'reason'), reason, REASONS));
  }
  if (fieldPath === '') return errors;
  if (fieldPath.trim() === '') errors.push(invalid(placePath, fieldPath, 'fieldPath must be non-empty if specified'));
  if (LINE_BREAK.test(fieldPath)) errors.push(invalid(placePath, fieldPath, 'fieldPath must not contain line breaks'));
  if (typeof fieldAt(schema, fieldPath, true) === 'string') {
    errors.push(invalid(placePath, fieldPath, 'fieldPath must be a valid path'));
  }
  return errors;
}
