import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import {
  mutatingWebhookConfigurationRules,
  validatingWebhookConfigurationRules,
  webhookConfigurationColumns,
} from './webhookconfiguration/rules.ts';
import {
  mutatingAdmissionPolicyBindingRules,
  mutatingAdmissionPolicyRules,
  validatingAdmissionPolicyBindingColumns,
  validatingAdmissionPolicyBindingRules,
  validatingAdmissionPolicyColumns,
  validatingAdmissionPolicyRules,
} from './admissionpolicy/rules.ts';
import { PLAIN_COLUMNS } from './plain.ts';

/** The resources of `admissionregistration.k8s.io`. */
export const admissionregistrationResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'admissionregistration.k8s.io',
    kind: 'MutatingAdmissionPolicy',
    resource: 'mutatingadmissionpolicies',
    namespaced: false,
    categories: ['api-extensions'],
    columns: PLAIN_COLUMNS,
    rules: mutatingAdmissionPolicyRules,
  }),
  defineResource({
    group: 'admissionregistration.k8s.io',
    kind: 'MutatingAdmissionPolicyBinding',
    namespaced: false,
    categories: ['api-extensions'],
    columns: PLAIN_COLUMNS,
    rules: mutatingAdmissionPolicyBindingRules,
  }),
  defineResource({
    group: 'admissionregistration.k8s.io',
    kind: 'MutatingWebhookConfiguration',
    namespaced: false,
    categories: ['api-extensions'],
    columns: webhookConfigurationColumns,
    rules: mutatingWebhookConfigurationRules,
  }),
  defineResource({
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingAdmissionPolicy',
    resource: 'validatingadmissionpolicies',
    namespaced: false,
    categories: ['api-extensions'],
    subresources: [statusOf('ValidatingAdmissionPolicy')],
    columns: validatingAdmissionPolicyColumns,
    rules: validatingAdmissionPolicyRules,
  }),
  defineResource({
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingAdmissionPolicyBinding',
    namespaced: false,
    categories: ['api-extensions'],
    columns: validatingAdmissionPolicyBindingColumns,
    rules: validatingAdmissionPolicyBindingRules,
  }),
  defineResource({
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingWebhookConfiguration',
    namespaced: false,
    categories: ['api-extensions'],
    columns: webhookConfigurationColumns,
    rules: validatingWebhookConfigurationRules,
  }),
]);
