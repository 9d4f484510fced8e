import type { FieldError } from '../../field-error.ts';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validateConditions } from '../../validation/conditions.ts';
import { child, duplicate, index, invalid, notSupported, type Path, required } from '../../validation/field.ts';
import { goJson } from '../../validation/go-syntax.ts';
import { validateMatchConditions } from '../webhookconfiguration/match-conditions.ts';
import { validateAuditAnnotations, validateValidations, validateVariables } from './expressions.ts';
import { validateFailurePolicy } from './failure-policy.ts';
import { validateConstraints, validateMatchResources } from './match-resources.ts';
import { validateParamKind, validateParamRef, validatePolicyName } from './parameters.ts';

const ACTIONS: readonly string[] = ['Audit', 'Deny', 'Warn'];
const EMPTY = 'validations or auditAnnotations must contain at least one item';
const REPEATED =
  'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';

export function validatePolicy({ metadata, spec = {} }: Given<ValidatingAdmissionPolicy>): readonly FieldError[] {
  const { validations = [], auditAnnotations = [] } = spec;
  const isEmpty = validations.length === 0 && auditAnnotations.length === 0;
  return [
    ...validateFailurePolicy(spec.failurePolicy, 'spec.failurePolicy'),
    ...validateParamKind(spec.paramKind, 'spec.paramKind'),
    ...validateConstraints(spec.matchConstraints, 'spec.matchConstraints'),
    ...validateMatchConditions(spec.matchConditions ?? [], 'spec.matchConditions'),
    ...validateVariables(spec.variables ?? [], 'spec.variables'),
    ...(isEmpty ? [required('spec.validations', EMPTY), required('spec.auditAnnotations', EMPTY)] : []),
    ...validateValidations(validations, 'spec.validations'),
    ...validateAuditAnnotations(auditAnnotations, metadata?.name ?? '', 'spec.auditAnnotations'),
  ];
}

export function validatePolicyStatus({ status }: Given<ValidatingAdmissionPolicy>): readonly FieldError[] {
  const path = 'status.typeChecking.expressionWarnings';
  return [
    ...(status?.typeChecking?.expressionWarnings ?? []).flatMap(({ warning = '', fieldRef = '' }, at) => [
      ...(warning === '' ? [required(child(index(path, at), 'warning'))] : []),
      ...(fieldRef.trim() === '' ? [required(child(index(path, at), 'fieldRef'))] : []),
    ]),
    ...validateConditions(status?.conditions ?? [], 'status.conditions'),
  ];
}

export function validateBinding({ spec = {} }: Given<ValidatingAdmissionPolicyBinding>): readonly FieldError[] {
  return [
    ...validatePolicyName(spec.policyName ?? '', 'spec.policyName'),
    ...validateParamRef(spec.paramRef, 'spec.paramRef'),
    ...validateMatchResources(spec.matchResources, 'spec.matchResources'),
    ...validateActions(spec.validationActions ?? [], 'spec.validationActions'),
  ];
}

/** What is done about a request that fails a validation. */
function validateActions(actions: readonly string[], path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const [at, action] of actions.entries()) {
    if (!ACTIONS.includes(action)) errors.push(notSupported(index(path, at), action, ACTIONS));
    if (actions.indexOf(action) < at) errors.push(duplicate(index(path, at), action));
  }
  if (actions.includes('Deny') && actions.includes('Warn')) errors.push(invalid(path, goJson(actions), REPEATED));
  if (actions.length === 0) errors.push(required(path, 'at least one validation action is required'));
  return errors;
}
