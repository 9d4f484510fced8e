import type { FieldError } from '../../field-error.ts';
import type {
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  Mutation,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, index, invalid, notSupported, type Path, required } from '../../validation/field.ts';
import { validateMatchConditions } from '../webhookconfiguration/match-conditions.ts';
import { validateVariables } from './expressions.ts';
import { validateFailurePolicy } from './failure-policy.ts';
import { validateConstraints, validateMatchResources } from './match-resources.ts';
import { validateParamKind, validateParamRef, validatePolicyName } from './parameters.ts';

/** What can be changed on its way; a deletion carries nothing that could. */
const OPERATIONS: readonly string[] = ['*', 'CONNECT', 'CREATE', 'UPDATE'];
const REINVOCATIONS: readonly string[] = ['Never', 'IfNeeded'];
const FIELD_OF = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const;
const PATCHES = ['ApplyConfiguration', 'JSONPatch'] as const;

export function validatePolicy({ spec = {} }: Given<MutatingAdmissionPolicy>): readonly FieldError[] {
  const { mutations = [], reinvocationPolicy: again } = spec;
  const errors = [
    ...validateFailurePolicy(spec.failurePolicy, 'spec.failurePolicy'),
    ...validateParamKind(spec.paramKind, 'spec.paramKind'),
    ...validateConstraints(spec.matchConstraints, 'spec.matchConstraints'),
    ...validateOperations(spec.matchConstraints, 'spec.matchConstraints'),
    ...validateMatchConditions(spec.matchConditions ?? [], 'spec.matchConditions'),
    ...validateVariables(spec.variables ?? [], 'spec.variables'),
    ...mutations.flatMap((mutation, at) => validateMutation(mutation, index('spec.mutations', at))),
  ];
  if (mutations.length === 0) errors.push(required('spec.mutations', 'mutations must contain at least one item'));
  if (again === undefined || again === '') errors.push(required('spec.reinvocationPolicy'));
  else if (!REINVOCATIONS.includes(again)) {
    errors.push(notSupported('spec.reinvocationPolicy', again, REINVOCATIONS));
  }
  return errors;
}

function validateOperations(resources: Given<MatchResources> | undefined, path: Path): readonly FieldError[] {
  const here = child(path, 'resourceRules', 'operations');
  return (resources?.resourceRules ?? [])
    .flatMap(({ operations = [] }) => operations)
    .filter((operation) => !OPERATIONS.includes(operation))
    .map((operation) => notSupported(here, operation, OPERATIONS));
}

function validateMutation(mutation: Given<Mutation>, path: Path): readonly FieldError[] {
  const { patchType = '' } = mutation;
  const kind = PATCHES.find((one) => one === patchType);
  if (patchType === '') return [required(child(path, 'patchType'))];
  if (kind === undefined) return [notSupported(child(path, 'patchType'), patchType, PATCHES)];
  const [field, other] = [FIELD_OF[kind], FIELD_OF[kind === 'JSONPatch' ? 'ApplyConfiguration' : 'JSONPatch']];
  const errors: FieldError[] = [];
  if (mutation[field] === undefined) {
    errors.push(required(child(path, field), `must be specified when patchType is ${kind}`));
  } else if ((mutation[field].expression ?? '').trim() === '') {
    errors.push(required(child(path, field, 'expression')));
  }
  if (mutation[other] !== undefined) {
    errors.push(invalid(child(path, other), `{${other}}`, `must not be specified when patchType is ${kind}`));
  }
  return errors;
}

export function validateBinding({ spec = {} }: Given<MutatingAdmissionPolicyBinding>): readonly FieldError[] {
  return [
    ...validatePolicyName(spec.policyName ?? '', 'spec.policyName'),
    ...validateParamRef(spec.paramRef, 'spec.paramRef'),
    ...validateMatchResources(spec.matchResources, 'spec.matchResources'),
    ...validateOperations(spec.matchResources, 'spec.matchResources'),
  ];
}
