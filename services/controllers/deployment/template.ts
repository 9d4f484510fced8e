import type { PodTemplateSpec } from '@taffrail/resources/generated/types';
import { canonicalJson, sameJson } from '../workload/same-json.ts';

export const TEMPLATE_HASH = 'pod-template-hash';

/** The alphabet Kubernetes writes hashes in: nothing that spells a word. */
const SAFE_CHARACTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** Whether two templates make the same pods: equal but for the hash label. */
export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return sameJson(withoutHash(a), withoutHash(b));
}

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const { labels, ...metadata } = template?.metadata ?? {};
  const { [TEMPLATE_HASH]: _hash, ...others } = labels ?? {};
  return { ...template, metadata: { ...metadata, labels: others } };
}

/**
 * Names a template: 32-bit FNV-1a of its canonical JSON and of the collision count, in Kubernetes' safe alphabet. The name
 * only has to differ; which set belongs to a template is decided by comparing templates.
 */
export function templateHash(template: PodTemplateSpec, collisionCount: number): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${canonicalJson(template)}${collisionCount === 0 ? '' : collisionCount}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return String(hash).replaceAll(/./g, (digit) => SAFE_CHARACTERS.charAt(digit.charCodeAt(0) % SAFE_CHARACTERS.length));
}
