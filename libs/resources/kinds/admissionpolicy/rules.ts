import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../generated/types.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { required } from '../../validation/field.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';

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
    const constraints = spec.matchConstraints;
    if (constraints !== undefined) {
      constraints.matchPolicy ??= 'Equivalent';
      constraints.namespaceSelector ??= {};
      constraints.objectSelector ??= {};
      for (const rule of [...(constraints.resourceRules ?? []), ...(constraints.excludeResourceRules ?? [])]) {
        rule.scope ??= '*';
      }
    }
    policy.status ??= {};
  },
  initialStatus: () => ({}),
  statusAlone: true,
  generation: true,
  validate: ({ spec }) => [
    ...(spec?.matchConstraints === undefined ? [required('spec.matchConstraints')] : []),
    ...((spec?.validations ?? []).length === 0 && (spec?.auditAnnotations ?? []).length === 0
      ? [required('spec.validations', 'validations or auditAnnotations must contain at least one item')]
      : []),
  ],
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
  generation: true,
  validate: ({ spec }) => [
    ...((spec?.policyName ?? '') === '' ? [required('spec.policyName')] : []),
    ...((spec?.validationActions ?? []).length === 0 ? [required('spec.validationActions')] : []),
  ],
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
