import { hash } from 'node:crypto';

/** What stands for "no commit before this one": 64 zeros. */
export const ZERO_HASH = '0'.repeat(64);

/** SHA-256 of a commit's whole payload, lower-case hex: the next commit carries it. */
export function hashOf(payload: Uint8Array): string {
  return hash('sha256', payload, 'hex');
}

/** Whether a text can be a link of the chain: 64 lower-case hex digits. */
export function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
