import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import { isJsonObject } from '@taffrail/resources/json';
import type { ObjectKey } from '@taffrail/resources/object';

/** Something only one live object may have: `cluster-ip/10.96.0.10`, `node-port/30080`. */
export type Claim = string;

export function clusterIpClaim(address: string): Claim {
  return `cluster-ip/${address}`;
}

export function nodePortClaim(port: number): Claim {
  return `node-port/${port}`;
}

const NONE: readonly Claim[] = Object.freeze([]);

/** What an object claims. Only Services claim anything so far. */
export function claimsOf(key: Pick<ObjectKey, 'group' | 'resource'>, contents: JsonObject): readonly Claim[] {
  if (key.group !== '' || key.resource !== 'services') return NONE;
  const spec = contents['spec'];
  if (!isJsonObject(spec)) return NONE;
  const claims = new Set<Claim>();
  for (const address of [spec['clusterIP'], ...list(spec['clusterIPs'])]) {
    if (typeof address === 'string' && address !== '' && address !== 'None') claims.add(clusterIpClaim(address));
  }
  for (const port of list(spec['ports'])) {
    if (isJsonObject(port)) addPort(claims, port['nodePort']);
  }
  addPort(claims, spec['healthCheckNodePort']);
  return [...claims];
}

function addPort(claims: Set<Claim>, port: JsonValue | undefined): void {
  if (typeof port === 'number' && port > 0) claims.add(nodePortClaim(port));
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
