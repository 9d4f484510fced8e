import type { FieldError } from '../../field-error.ts';
import type { AuditAnnotation, Validation, Variable } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import {
  child,
  duplicate,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
} from '../../validation/field.ts';
import { goJson } from '../../validation/go-syntax.ts';

/*
 * What stands around the expressions of a policy. What they say is not looked at here.
 */

const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
/** Words of the language of expressions, which name nothing. */
const RESERVED: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
const REASONS: readonly string[] = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const MAXIMUM_ANNOTATIONS = 20;
const ANNOTATION_BYTES = 5 * 1024;
const NOT_SPECIFIED = 'expression is not specified';

export function validateVariables(variables: readonly Given<Variable>[], path: Path): readonly FieldError[] {
  return variables.flatMap(({ name = '', expression = '' }, at) => {
    const here = index(path, at);
    const errors: FieldError[] = [];
    if (name.trim() === '') errors.push(required(child(here, 'name'), 'name is not specified'));
    else if (!IDENTIFIER.test(name) || RESERVED.has(name)) {
      errors.push(invalid(child(here, 'name'), name, 'name is not a valid CEL identifier'));
    }
    if (expression.trim() === '') errors.push(required(child(here, 'expression'), NOT_SPECIFIED));
    return errors;
  });
}

export function validateValidations(validations: readonly Given<Validation>[], path: Path): readonly FieldError[] {
  return validations.flatMap(({ expression = '', message = '', messageExpression = '', reason }, at) => {
    const here = index(path, at);
    const messagePath = child(here, 'message');
    const errors: FieldError[] = [];
    if (expression.trim() === '') errors.push(required(child(here, 'expression'), NOT_SPECIFIED));
    if (messageExpression !== '' && messageExpression.trim() === '') {
      errors.push(invalid(child(here, 'messageExpression'), messageExpression, 'must be non-empty if specified'));
    }
    if (message !== '' && message.trim() === '') {
      errors.push(invalid(messagePath, message, 'message must be non-empty if specified'));
    } else if (/[\n\r]/.test(message.trim())) {
      errors.push(invalid(messagePath, message, 'message must not contain line breaks'));
    }
    if (reason !== undefined && !REASONS.includes(reason)) {
      errors.push(notSupported(child(here, 'reason'), reason, REASONS));
    }
    return errors;
  });
}

export function validateAuditAnnotations(
  annotations: readonly Given<AuditAnnotation>[],
  policy: string,
  path: Path,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (annotations.length > MAXIMUM_ANNOTATIONS) {
    const shown = annotations.map(({ key = '', valueExpression = '' }) => ({
      Key: key,
      ValueExpression: valueExpression,
    }));
    errors.push(invalid(path, goJson(shown), `must not have more than ${MAXIMUM_ANNOTATIONS} auditAnnotations`));
  }
  const keys = annotations.map(({ key = '' }) => key);
  for (const [at, { key = '', valueExpression = '' }] of annotations.entries()) {
    const [keyPath, valuePath] = [child(index(path, at), 'key'), child(index(path, at), 'valueExpression')];
    const name = `${policy}/${key}`;
    if (policy === '') errors.push(invalid(keyPath, key, 'requires metadata.name be non-empty'));
    else errors.push(...invalids(keyPath, name, qualifiedName(name)));
    const text = valueExpression.trim();
    if (text === '') errors.push(required(valuePath, 'valueExpression is not specified'));
    else if (Buffer.byteLength(text) > ANNOTATION_BYTES) {
      errors.push(required(valuePath, `must not exceed ${ANNOTATION_BYTES} bytes in length`));
    }
    if (keys.indexOf(key) < at) errors.push(duplicate(keyPath, key));
  }
  return errors;
}
