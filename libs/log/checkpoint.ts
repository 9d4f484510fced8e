import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { isHash } from './hash-chain.ts';

/*
 * A hash chain proves that nothing in it was changed, but whoever can rewrite all of it can make a new one. A checkpoint
 * is the writer's signature under where the chain stood at a moment: who keeps one can prove later that history has only
 * been appended to since.
 */

/** The format of checkpoints this build signs. */
export const CHECKPOINT_FORMAT = 1;

/** What is signed. */
export interface CheckpointStatement {
  readonly format: number;
  /** `LOG` or `EVENTS`. */
  readonly log: string;
  readonly sequence: Sequence;
  /** SHA-256 (hex) of that commit's payload; through the chain it stands for everything before it. */
  readonly hash: string;
  /** That commit's time, epoch milliseconds. */
  readonly commitTimeMs: number;
  /** When it was signed, epoch milliseconds. */
  readonly signedMs: number;
}

/** A statement with its Ed25519 signature. */
export interface Checkpoint extends CheckpointStatement {
  /** The signer's public key, PEM (SPKI). Whoever pinned it compares; inside one file it only names the signer. */
  readonly publicKey: string;
  /** Ed25519 over `statementBytes`, base64. */
  readonly signature: string;
}

/** What signs: a private key, PEM (PKCS #8), with its public key, PEM (SPKI). */
export interface CheckpointKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A new key. */
export function generateCheckpointKey(): CheckpointKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { privateKey, publicKey };
}

/** The key of a private one's PEM. Throws OperatingError `protocol` when it is not an Ed25519 key. */
export function checkpointKeyOf(privateKey: string): CheckpointKey {
  try {
    const key = createPrivateKey(privateKey);
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`it is ${key.asymmetricKeyType ?? 'unknown'}`);
    return { privateKey, publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString() };
  } catch (error) {
    throw new OperatingError('protocol', `the key of the checkpoints is no Ed25519 key: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The bytes under the signature: the statement as JSON without spaces, its fields in this order. */
function statementBytes({ format, log, sequence: at, hash, commitTimeMs, signedMs }: CheckpointStatement): Buffer {
  return Buffer.from(JSON.stringify({ format, log, sequence: at, hash, commitTimeMs, signedMs }));
}

/** Signs where a log stands. */
export function signCheckpoint(statement: Omit<CheckpointStatement, 'format'>, key: CheckpointKey): Checkpoint {
  const { log, sequence: at, hash, commitTimeMs, signedMs } = statement;
  const signed = { format: CHECKPOINT_FORMAT, log, sequence: at, hash, commitTimeMs, signedMs };
  const signature = sign(null, statementBytes(signed), key.privateKey).toString('base64');
  return { ...signed, publicKey: key.publicKey, signature };
}

/**
 * Reads a checkpoint from its JSON and checks its signature by the key it names. Throws OperatingError `format-too-new`, or
 * `log-corrupt` for anything that is no checkpoint or was not signed by that key.
 */
export function readCheckpoint(text: string): Checkpoint {
  let value: Partial<Record<keyof Checkpoint, unknown>> | null;
  try {
    value = JSON.parse(text) as Partial<Record<keyof Checkpoint, unknown>> | null;
  } catch (error) {
    throw new OperatingError('log-corrupt', `a checkpoint is not JSON: ${messageOf(error)}`, { cause: error });
  }
  const { format, log, sequence: at, hash, commitTimeMs, signedMs, publicKey, signature } = value ?? {};
  if (isCount(format) && format > CHECKPOINT_FORMAT) {
    throw new OperatingError('format-too-new', `a checkpoint has format ${format}: use a newer build to read it`);
  }
  const wellFormed =
    format === CHECKPOINT_FORMAT &&
    typeof log === 'string' &&
    isCount(at) &&
    typeof hash === 'string' &&
    isHash(hash) &&
    isCount(commitTimeMs) &&
    isCount(signedMs) &&
    typeof publicKey === 'string' &&
    typeof signature === 'string';
  if (!wellFormed) throw new OperatingError('log-corrupt', 'a checkpoint lacks what it must say');
  const checkpoint = { format, log, sequence: sequence(at), hash, commitTimeMs, signedMs, publicKey, signature };
  if (!isSignedBy(checkpoint, publicKey)) {
    throw new OperatingError(
      'log-corrupt',
      `the checkpoint of ${log} at commit ${at} does not carry its signer's signature`,
    );
  }
  return checkpoint;
}

function isSignedBy(checkpoint: Checkpoint, publicKey: string): boolean {
  try {
    const key = createPublicKey(publicKey);
    if (key.asymmetricKeyType !== 'ed25519') return false;
    return verify(null, statementBytes(checkpoint), key, Buffer.from(checkpoint.signature, 'base64'));
  } catch {
    return false; // what is no key has signed nothing
  }
}

/** SHA-256 of a public key's DER form, hex: how people compare keys. */
export function fingerprintOf(publicKey: string): string {
  const der = createPublicKey(publicKey).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Each checkpoint once: a kept one is often among those of the log as well. */
export function distinctCheckpoints(checkpoints: readonly Checkpoint[]): readonly Checkpoint[] {
  return [...new Map(checkpoints.map((checkpoint) => [checkpoint.signature, checkpoint])).values()];
}

/**
 * Checks commits of a log against checkpoints while it is walked. Throws OperatingError `log-corrupt` at a commit that is
 * not the one that was signed; `unmet` names those whose commit was not in what was walked.
 */
export function checkpointCheck(
  log: string,
  checkpoints: readonly Checkpoint[],
): {
  pass(commit: { readonly sequence: Sequence; readonly hash: string }): void;
  /** Checkpoints that no commit stood for, though `first` to `last` was walked. */
  unmet(): readonly Checkpoint[];
  readonly met: number;
} {
  const waiting = Map.groupBy(
    distinctCheckpoints(checkpoints).filter((checkpoint) => checkpoint.log === log),
    (checkpoint) => checkpoint.sequence,
  );
  let met = 0;
  return {
    pass(commit) {
      const due = waiting.get(commit.sequence);
      if (due === undefined) return;
      waiting.delete(commit.sequence);
      for (const { hash, signedMs } of due) {
        if (hash !== commit.hash) {
          throw new OperatingError(
            'log-corrupt',
            `log ${log}: commit ${commit.sequence} has hash ${commit.hash}, but ${hash} was signed for it on ${new Date(signedMs).toISOString()}: history was rewritten`,
          );
        }
        met += 1;
      }
    },
    unmet: () => [...waiting.values()].flat(),
    get met() {
      return met;
    },
  };
}

/**
 * Throws OperatingError `log-behind` when a commit that was signed should be in a log and is not: the log was cut off or
 * replaced. `unmet`: checkpoints of the log whose commit was not found; those before `first` may have been trimmed.
 */
export function requireMet(log: string, first: number, unmet: readonly Checkpoint[]): void {
  const missed = unmet.find((checkpoint) => checkpoint.sequence >= first);
  if (missed === undefined) return;
  throw new OperatingError(
    'log-behind',
    `log ${log}: commit ${missed.sequence} was signed on ${new Date(missed.signedMs).toISOString()} and is not there: history was cut off or replaced`,
  );
}
