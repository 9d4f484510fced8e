import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../generated/types.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';
import { defaultMatchResources } from './match-resources.ts';
import * as mutating from './mutating.ts';
import { validateBinding, validatePolicy, validatePolicyStatus } from './validating.ts';

const UNSET = '<unset>';

export const validatingAdmissionPolicyColumns = [
  NAME,
  narrow('Validations', 'How many it has', 'integer'),
  narrow('ParamKind', 'The kind of its parameters'),
  AGE,
] as const;

export const validatingAdmissionPolicyRules = rulesOf<ValidatingAdmissionPolicy>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(policy) {
    const spec = (policy.spec ??= {});
    spec.failurePolicy ??= 'Fail';
    defaultMatchResources(spec.matchConstraints);
    policy.status ??= {};
  },
  initialStatus: () => ({}),
  statusAlone: true,
  generation: true,
  validate: validatePolicy,
  validateStatus: validatePolicyStatus,
  cells: ({ metadata, spec }) => {
    const kind = spec?.paramKind;
    return [
      metadata?.name ?? '',
      spec?.validations?.length ?? 0,
      kind === undefined ? UNSET : `${kind.apiVersion ?? ''}/${kind.kind ?? ''}`,
      age(metadata),
    ];
  },
});

export const validatingAdmissionPolicyBindingColumns = [
  NAME,
  narrow('PolicyName', 'The policy it puts to work'),
  narrow('ParamRef', 'The parameters it gives it'),
  AGE,
] as const;

export const validatingAdmissionPolicyBindingRules = rulesOf<ValidatingAdmissionPolicyBinding>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults: (binding) => defaultMatchResources(binding.spec?.matchResources),
  generation: true,
  validate: validateBinding,
  cells: ({ metadata, spec }) => {
    const reference = spec?.paramRef;
    const place = reference?.namespace === undefined ? '*' : reference.namespace;
    return [
      metadata?.name ?? '',
      spec?.policyName ?? '',
      reference === undefined ? UNSET : `${place}/${reference.name ?? '*'}`,
      age(metadata),
    ];
  },
});

export const mutatingAdmissionPolicyRules = rulesOf<MutatingAdmissionPolicy>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(policy) {
    const spec = (policy.spec ??= {});
    spec.failurePolicy ??= 'Fail';
    defaultMatchResources(spec.matchConstraints);
  },
  generation: true,
  validate: mutating.validatePolicy,
  cells: ({ metadata }) => [metadata?.name ?? '', age(metadata)],
});

export const mutatingAdmissionPolicyBindingRules = rulesOf<MutatingAdmissionPolicyBinding>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults: (binding) => defaultMatchResources(binding.spec?.matchResources),
  generation: true,
  validate: mutating.validateBinding,
  cells: ({ metadata }) => [metadata?.name ?? '', age(metadata)],
});
