import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { PLAIN_COLUMNS, plainRules } from './plain.ts';

/** The resources of `admissionregistration.k8s.io`. */
export const admissionregistrationResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'admissionregistration.k8s.io',
    kind: 'MutatingAdmissionPolicy',
    resource: 'mutatingadmissionpolicies',
    namespaced: false,
    categories: ['api-extensions'],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, generation: true }),
  }),
  defineResource({
    group: 'admissionregistration.k8s.io',
    kind: 'MutatingAdmissionPolicyBinding',
    namespaced: false,
    categories: ['api-extensions'],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, generation: true }),
  }),
  defineResource({
    group: 'admissionregistration.k8s.io',
    kind: 'MutatingWebhookConfiguration',
    namespaced: false,
    categories: ['api-extensions'],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, generation: true }),
  }),
  defineResource({
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingAdmissionPolicy',
    resource: 'validatingadmissionpolicies',
    namespaced: false,
    categories: ['api-extensions'],
    subresources: [statusOf('ValidatingAdmissionPolicy')],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, generation: true, status: {} }),
  }),
  defineResource({
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingAdmissionPolicyBinding',
    namespaced: false,
    categories: ['api-extensions'],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, generation: true }),
  }),
  defineResource({
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingWebhookConfiguration',
    namespaced: false,
    categories: ['api-extensions'],
    columns: PLAIN_COLUMNS,
    rules: plainRules({ namespaced: false, generation: true }),
  }),
]);
