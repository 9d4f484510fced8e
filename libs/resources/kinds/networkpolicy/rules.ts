import type { FieldError } from '../../field-error.ts';
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { cidr, isStrictSubset } from '../../syntax/ip.ts';
import { dns1123Subdomain, portName, portNumber } from '../../syntax/names.ts';
import {
  child,
  forbidden,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
} from '../../validation/field.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import { age, selectorText } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';

const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];
const TYPES: readonly string[] = ['Egress', 'Ingress'];

function defaults(policy: Draft<NetworkPolicy>): void {
  const spec = (policy.spec ??= {});
  spec.podSelector ??= {};
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  }
  if ((spec.policyTypes ?? []).length === 0) {
    spec.policyTypes = (spec.egress ?? []).length === 0 ? ['Ingress'] : ['Ingress', 'Egress'];
  }
}

function validate({ spec = {} }: Given<NetworkPolicy>): readonly FieldError[] {
  const errors = [...validateLabelSelector(spec.podSelector, 'spec.podSelector')];
  for (const [field, rules, side] of [
    ['ingress', (spec.ingress ?? []).map((rule) => ({ ports: rule.ports, peers: rule.from })), 'from'],
    ['egress', (spec.egress ?? []).map((rule) => ({ ports: rule.ports, peers: rule.to })), 'to'],
  ] as const) {
    for (const [at, { ports = [], peers = [] }] of rules.entries()) {
      const path = index(`spec.${field}`, at);
      errors.push(...ports.flatMap((port, portAt) => validatePort(port, index(child(path, 'ports'), portAt))));
      errors.push(...peers.flatMap((peer, peerAt) => validatePeer(peer, index(child(path, side), peerAt))));
    }
  }
  const types = spec.policyTypes ?? [];
  if (types.length > 2) {
    return [
      ...errors,
      invalid('spec.policyTypes', { goSyntax: JSON.stringify(types) }, 'may not specify more than two policyTypes'),
    ];
  }
  for (const [at, type] of types.entries()) {
    if (!TYPES.includes(type)) errors.push(notSupported(index('spec.policyTypes', at), type, TYPES));
  }
  return errors;
}

function validatePort({ protocol, port, endPort }: Given<NetworkPolicyPort>, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    errors.push(notSupported(child(path, 'protocol'), protocol, PROTOCOLS));
  }
  if (typeof port === 'number') errors.push(...invalids(child(path, 'port'), port, portNumber(port)));
  else if (port !== undefined) errors.push(...invalids(child(path, 'port'), port, portName(port)));
  if (endPort === undefined) return errors;
  const here = child(path, 'endPort');
  if (port === undefined)
    errors.push(required(child(path, 'port'), 'may not specify endPort when `port` is not specified'));
  else if (typeof port === 'string')
    errors.push(required(child(path, 'port'), 'may not specify endPort when `port` is non-numeric'));
  else if (endPort < port) errors.push(invalid(here, endPort, 'must be greater than or equal to `port`'));
  return [...errors, ...invalids(here, endPort, portNumber(endPort))];
}

function validatePeer(peer: Given<NetworkPolicyPeer>, path: Path): readonly FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  if (podSelector === undefined && namespaceSelector === undefined && ipBlock === undefined) {
    return [required(path, 'must specify a peer')];
  }
  const errors = [
    ...validateLabelSelector(podSelector, child(path, 'podSelector')),
    ...validateLabelSelector(namespaceSelector, child(path, 'namespaceSelector')),
  ];
  if (ipBlock === undefined) return errors;
  if (podSelector !== undefined || namespaceSelector !== undefined) {
    return [...errors, forbidden(path, 'may not specify both ipBlock and another peer')];
  }
  const block = ipBlock.cidr ?? '';
  const here = child(path, 'ipBlock');
  if (block === '') errors.push(required(child(here, 'cidr')));
  else errors.push(...invalids(child(here, 'cidr'), block, cidr(block)));
  for (const [at, except] of (ipBlock.except ?? []).entries()) {
    const faults = cidr(except);
    const path = index(child(here, 'except'), at);
    errors.push(...invalids(path, except, faults));
    if (faults.length === 0 && cidr(block).length === 0 && !isStrictSubset(except, block)) {
      errors.push(invalid(path, except, 'must be a strict subset of `cidr`'));
    }
  }
  return errors;
}

export const networkPolicyColumns = [NAME, narrow('Pod-Selector', 'Which pods it is about'), AGE] as const;

export const networkPolicyRules = rulesOf<NetworkPolicy>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  generation: true,
  validate,
  cells: ({ metadata, spec }, nowMs) => [metadata?.name ?? '', selectorText(spec?.podSelector), age(metadata, nowMs)],
});
