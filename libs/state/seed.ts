import type { Random } from '@taffrail/platform/random';

/** 128 random bits: what `decide` draws names, uids and allocations from. Fewer would make uids collide. */
export type Seed = readonly [number, number, number, number];

/** Takes a seed from a source of randomness. */
export function drawSeed(random: Random): Seed {
  const bytes = Buffer.from(random.bytes(16));
  return [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
}

/** The same numbers for the same seed (sfc32). Not for secrets. */
export function randomOf(seed: Seed): Random {
  let [a, b, c, counter] = seed;
  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The first words still show the seed.
  for (let i = 0; i < 12; i++) word();
  return {
    next: () => word() / 2 ** 32,
    bytes: (length) => Uint8Array.from({ length }, () => word() & 0xff),
  };
}
