import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { ingressClassColumns, ingressClassRules, ingressColumns, ingressRules } from './ingress/rules.ts';
import { networkPolicyColumns, networkPolicyRules } from './networkpolicy/rules.ts';
import { ipAddressColumns, ipAddressRules, serviceCidrColumns, serviceCidrRules } from './serviceaddress/rules.ts';

/** The resources of `networking.k8s.io`. */
export const networkingResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'networking.k8s.io',
    kind: 'Ingress',
    resource: 'ingresses',
    shortNames: ['ing'],
    subresources: [statusOf('Ingress')],
    columns: ingressColumns,
    rules: ingressRules,
  }),
  defineResource({
    group: 'networking.k8s.io',
    kind: 'IngressClass',
    resource: 'ingressclasses',
    namespaced: false,
    columns: ingressClassColumns,
    rules: ingressClassRules,
  }),
  defineResource({
    group: 'networking.k8s.io',
    kind: 'IPAddress',
    resource: 'ipaddresses',
    namespaced: false,
    shortNames: ['ip'],
    columns: ipAddressColumns,
    rules: ipAddressRules,
  }),
  defineResource({
    group: 'networking.k8s.io',
    kind: 'NetworkPolicy',
    resource: 'networkpolicies',
    shortNames: ['netpol'],
    columns: networkPolicyColumns,
    rules: networkPolicyRules,
  }),
  defineResource({
    group: 'networking.k8s.io',
    kind: 'ServiceCIDR',
    namespaced: false,
    subresources: [statusOf('ServiceCIDR')],
    columns: serviceCidrColumns,
    rules: serviceCidrRules,
  }),
]);
