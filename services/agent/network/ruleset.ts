import { createHash } from 'node:crypto';
import type { Backend, Protocol, ServiceRule } from './service-rules.ts';

export interface RulesetOptions {
  /** Unique for each data directory of a machine. */
  readonly table: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** Addresses of pods on this node: they may reach themselves through a Service. */
  readonly localPodIps: readonly string[];
}

/** Traffic that has to leave under the node's own address carries this bit from prerouting to postrouting. */
const MASQUERADE_MARK = '0x4000';

/**
 * The whole table as one nft transaction: it takes the place of the one before without a moment in between. What is sent to
 * an address of the service range that no Service answers on is refused at once, here and when forwarded, and never leaves
 * by the default route.
 */
export function ruleset(rules: readonly ServiceRule[], options: RulesetOptions): string {
  const { table, podCidr, serviceCidr, localPodIps } = options;
  const served = rules.filter(({ backends }) => backends.length > 0);
  const externals = rules.filter(({ externalBackends, nodePort }) => nodePort > 0 && externalBackends.length > 0);
  const vips = served.flatMap((rule) =>
    rule.addresses.map((ip) => `${ip} . ${rule.protocol} . ${rule.port} : goto ${chain('svc', rule)}`),
  );
  const nodePorts = externals.map((rule) => `${rule.protocol} . ${rule.nodePort} : goto ${chain('ext', rule)}`);
  const refusedNodePorts = rules
    .filter(({ externalBackends, nodePort }) => nodePort > 0 && externalBackends.length === 0)
    .map(({ protocol, nodePort }) => `${protocol} . ${nodePort}`);
  const refusedAddresses = rules
    .filter(({ backends }) => backends.length === 0)
    .flatMap(({ addresses, protocol, port }) => addresses.map((ip) => `${ip} . ${protocol} . ${port}`));
  const hairpins = localPodIps.map((ip) => `${ip} . ${ip}`);
  const lines = [
    `add table ip ${table}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    map('vips', 'ipv4_addr . inet_proto . inet_service : verdict', vips),
    map('nodeports', 'inet_proto . inet_service : verdict', nodePorts),
    set('refused_nodeports', 'inet_proto . inet_service', refusedNodePorts),
    set('refused_addresses', 'ipv4_addr . inet_proto . inet_service', refusedAddresses),
    set('hairpin', 'ipv4_addr . ipv4_addr', hairpins),
    ...served.flatMap((rule) => balance('svc', rule, rule.backends)),
    ...externals.flatMap((rule) => external(rule)),
    nat('prerouting', 'nat hook prerouting priority dstnat'),
    nat('output', 'nat hook output priority -100'),
    `  chain postrouting {`,
    `    type nat hook postrouting priority srcnat; policy accept;`,
    `    meta mark & ${MASQUERADE_MARK} == ${MASQUERADE_MARK} masquerade`,
    `    ip saddr . ip daddr @hairpin masquerade`,
    `    ip saddr ${podCidr} ip daddr != ${podCidr} ip daddr != ${serviceCidr} ip daddr != 224.0.0.0/4 masquerade`,
    `  }`,
    refuse('refuse_input', 'input'),
    refuse('refuse_output', 'output'),
    refuse('refuse_forward', 'forward'),
    `  chain reject_service {`,
    `    meta l4proto tcp reject with tcp reset`,
    `    reject with icmp port-unreachable`,
    `  }`,
    `}`,
  ];
  return `${lines.join('\n')}\n`;

  function nat(name: string, hook: string): string {
    return `  chain ${name} {
    type ${hook}; policy accept;
    ip daddr . meta l4proto . th dport vmap @vips
    fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @nodeports
  }`;
  }

  /** Translated packets carry a pod's address here; only what nothing translated is still meant for a Service. */
  function refuse(name: string, hook: string): string {
    return `  chain ${name} {
    type filter hook ${hook} priority -10; policy accept;
    ip daddr . meta l4proto . th dport @refused_addresses goto reject_service
    ${hook === 'input' ? `ct state new fib daddr type local meta l4proto . th dport @refused_nodeports goto reject_service` : `ip daddr ${serviceCidr} goto reject_service`}
  }`;
  }
}

/** A chain's name: short, made of what nft allows, and the same for the same port. */
function chain(kind: string, { name, protocol }: ServiceRule): string {
  return `${kind}_${createHash('sha256').update(`${name}/${protocol}`).digest('hex').slice(0, 16)}`;
}

/** From outside: under the node's address, unless the Service wants to see its client's and the backend is here. */
function external(rule: ServiceRule): readonly string[] {
  const name = chain('ext', rule);
  if (!rule.keepsClientAddress) {
    return [
      `  chain ${name}_mark {`,
      `    meta mark set meta mark or ${MASQUERADE_MARK}`,
      `  }`,
      ...balance('ext', rule, rule.externalBackends, `    jump ${name}_mark`),
    ];
  }
  return balance('ext', rule, rule.externalBackends);
}

function balance(kind: string, rule: ServiceRule, backends: readonly Backend[], first?: string): readonly string[] {
  const name = chain(kind, rule);
  const head = [`  # ${rule.name}`, `  chain ${name} {`, ...(first === undefined ? [] : [first])];
  if (rule.affinitySeconds === 0) return [...head, `    ${spread(rule.protocol, backends)}`, `  }`];
  const each = backends.map((backend, index) => ({ backend, target: `${name}_${index}` }));
  return [
    ...each.flatMap(({ backend, target }) => [
      `  set aff_${target} { type ipv4_addr; flags dynamic, timeout; timeout ${rule.affinitySeconds}s; size 65536; }`,
      `  chain ${target} {`,
      `    update @aff_${target} { ip saddr }`,
      `    meta l4proto ${rule.protocol} dnat to ${backend.ip}:${backend.port}`,
      `  }`,
    ]),
    ...head,
    ...each.map(({ target }) => `    ip saddr @aff_${target} goto ${target}`),
    `    numgen random mod ${each.length} vmap { ${each.map(({ target }, index) => `${index} : goto ${target}`).join(', ')} }`,
    `  }`,
  ];
}

function spread(protocol: Protocol, backends: readonly Backend[]): string {
  const targets = backends.map(({ ip, port }, index) => `${index} : ${ip} . ${port}`).join(', ');
  return `meta l4proto ${protocol} dnat ip to numgen random mod ${backends.length} map { ${targets} }`;
}

function map(name: string, type: string, elements: readonly string[]): string {
  return `  map ${name} { type ${type}; ${elementsOf(elements)} }`;
}

function set(name: string, type: string, elements: readonly string[]): string {
  return `  set ${name} { type ${type}; ${elementsOf(elements)} }`;
}

const elementsOf = (elements: readonly string[]): string =>
  elements.length === 0 ? '' : `elements = { ${elements.join(', ')} };`;
