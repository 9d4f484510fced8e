import { randomBytes } from 'node:crypto';
import { assert } from './assert.ts';
import { uid, type Uid } from './brand.ts';

/** Randomness as a parameter: `decide` receives one made from a seed, the entry points pass the real one. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
}

/** Random bytes fetched ahead: asking the system for a few at a time costs more than everything done with them. */
const AHEAD_BYTES = 4096;
let ahead = Buffer.alloc(0);

function take(length: number): Buffer {
  if (length > ahead.length) ahead = randomBytes(Math.max(length, AHEAD_BYTES));
  const taken = Buffer.from(ahead.subarray(0, length));
  // Nobody gets the same bytes twice, and none stay behind.
  ahead.fill(0, 0, length);
  ahead = ahead.subarray(length);
  return taken;
}

/** The machine's randomness. */
export const systemRandom: Random = Object.freeze({
  next: () => take(6).readUIntBE(0, 6) / 2 ** 48,
  bytes: (length: number) => new Uint8Array(take(length)),
});

/** The same numbers for the same seed (splitmix32). Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const word = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return {
    next: () => word() / 2 ** 32,
    bytes: (length) => Uint8Array.from({ length }, () => word() & 0xff),
  };
}

/** A version 4 uuid. */
export function newUid(random: Random): Uid {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return uid(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`);
}

/** The alphabet Kubernetes uses for generated name suffixes: no vowels, nothing that looks alike. */
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** A suffix as `generateName` appends it (apiserver storage/names: 5 characters). */
export function nameSuffix(random: Random, length = 5): string {
  assert(length > 0, 'a suffix has characters');
  let suffix = '';
  for (let i = 0; i < length; i++) suffix += SUFFIX_ALPHABET[Math.floor(random.next() * SUFFIX_ALPHABET.length)];
  return suffix;
}

/** Kubernetes' bound of a generated name, suffix included. */
const GENERATED_NAME_CHARACTERS = 63;

/** A name as `generateName` makes it: what it begins with, cut to leave room, and a suffix. */
export function generatedName(base: string, random: Random): string {
  const suffix = nameSuffix(random);
  return base.slice(0, GENERATED_NAME_CHARACTERS - suffix.length) + suffix;
}
