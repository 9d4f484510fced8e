import type { FieldError } from '../../field-error.ts';
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { cidrWarnings } from '../../syntax/ip-warnings.ts';
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
import { goJson } from '../../validation/go-syntax.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import { age, selectorText } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';

const PROTOCOLS: readonly string[] = ['TCP', 'UDP', 'SCTP'];
const TYPES: readonly string[] = ['Ingress', 'Egress'];

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
    return [...errors, invalid('spec.policyTypes', goJson(types), 'may not specify more than two policyTypes')];
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
  const [portPath, endPath] = [child(path, 'port'), child(path, 'endPort')];
  if (typeof port === 'number') {
    errors.push(...invalids(portPath, port, portNumber(port)));
    if (endPort === undefined) return errors;
    // Kubernetes shows the port here, not the end of the range.
    if (endPort < port) errors.push(invalid(endPath, port, 'must be greater than or equal to `port`'));
    return [...errors, ...invalids(endPath, endPort, portNumber(endPort))];
  }
  if (endPort !== undefined) {
    const why = port === undefined ? 'not specified' : 'non-numeric';
    errors.push(invalid(endPath, endPort, `may not be specified when \`port\` is ${why}`));
  }
  return port === undefined ? errors : [...errors, ...invalids(portPath, port, portName(port))];
}

function validatePeer(peer: Given<NetworkPolicyPeer>, path: Path): readonly FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined;
  const errors = [
    ...validateLabelSelector(podSelector, child(path, 'podSelector')),
    ...validateLabelSelector(namespaceSelector, child(path, 'namespaceSelector')),
    ...(ipBlock === undefined ? [] : validateBlock(ipBlock, child(path, 'ipBlock'))),
  ];
  if (ipBlock === undefined) return hasSelector ? errors : [...errors, required(path, 'must specify a peer')];
  return hasSelector ? [...errors, forbidden(path, 'may not specify both ipBlock and another peer')] : errors;
}

/** A range of addresses, and parts of it that are left out. */
function validateBlock({ cidr: block = '', except = [] }: Given<IPBlock>, path: Path): readonly FieldError[] {
  const here = child(path, 'cidr');
  if (block === '') return [required(here)];
  const faults = cidr(block);
  if (faults.length > 0) return invalids(here, block, faults);
  return except.flatMap((part, at) => {
    const partPath = index(child(path, 'except'), at);
    const partFaults = cidr(part);
    if (partFaults.length > 0) return invalids(partPath, part, partFaults);
    return isStrictSubset(part, block) ? [] : [invalid(partPath, part, 'must be a strict subset of `cidr`')];
  });
}

export const networkPolicyColumns = [NAME, narrow('Pod-Selector', 'Which pods it is about'), AGE] as const;

/** What is accepted of ranges and may not be for ever. */
function warnings({ spec }: Given<NetworkPolicy>): readonly string[] {
  const from = (spec?.ingress ?? []).map((rule) => rule.from);
  const to = (spec?.egress ?? []).map((rule) => rule.to);
  return [...rangeWarnings(from, 'spec.ingress', 'from'), ...rangeWarnings(to, 'spec.egress', 'to')];
}

function rangeWarnings(
  rules: readonly (readonly Given<NetworkPolicyPeer>[] | undefined)[],
  path: Path,
  field: string,
): readonly string[] {
  return rules.flatMap((peers, at) =>
    (peers ?? []).flatMap(({ ipBlock }, place) => {
      if (ipBlock === undefined) return [];
      const here = child(index(child(index(path, at), field), place), 'ipBlock');
      const { cidr = '', except = [] } = ipBlock;
      return [
        ...cidrWarnings(child(here, 'cidr'), cidr),
        ...except.flatMap((one, position) => cidrWarnings(index(child(here, 'except'), position), one)),
      ];
    }),
  );
}

export const networkPolicyRules = rulesOf<NetworkPolicy>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  generation: true,
  validate,
  warnings,
  cells: ({ metadata, spec }) => [metadata?.name ?? '', selectorText(spec?.podSelector), age(metadata)],
});
