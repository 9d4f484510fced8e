import { sequence, uid as uidOf, type Uid } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { throwIfAborted, type NatsLink } from './connect.ts';
import { publishFenced } from './fenced-publish.ts';
import { callJetStream, isRefusal, jetStreamErrors } from './jetstream-api.ts';
import type { KeyStore, StoredKey } from './key-store.ts';
import { pullStream } from './pull-reader.ts';
import { ensureStream, streamInfo } from './stream.ts';
import { subjectToken } from './subject.ts';

/*
 * One subject a uid; the first message is the wrapped key, a second, empty one says that it was destroyed. Letting the
 * server keep only the last message would drop the key's bytes from the index and leave them in the block file, so the
 * stream keeps both, and the key's message is deleted with its bytes overwritten. The order, mark first, means that a
 * crash in between leaves a key that is marked: it counts as destroyed, and loading or destroying again overwrites it.
 */

/** The stream of a cluster's keys. */
export const KEYS_STREAM = 'KEYS';

const NEVER = sequence(0);
const MARK = new Uint8Array();

interface StoredMessage {
  readonly sequence: number;
  readonly payload: Buffer;
}

/** Opens the store on a JetStream stream of its own, on disk. Closing it leaves the link open. */
export async function openJetStreamKeyStore(link: NatsLink, name: string): Promise<KeyStore> {
  const prefix = name.toLowerCase();
  await ensureStream(link, { name, subjects: [`${prefix}.*`], storage: 'file', deny_delete: false });
  const subjectOf = (uid: Uid): string => `${prefix}.${subjectToken(uid)}`;

  async function message(query: object): Promise<StoredMessage | undefined> {
    try {
      const answer = await callJetStream<{ readonly message: { readonly seq: number; readonly data?: string } }>(
        link,
        `STREAM.MSG.GET.${name}`,
        query,
      );
      return { sequence: answer.message.seq, payload: Buffer.from(answer.message.data ?? '', 'base64') };
    } catch (error) {
      if (isRefusal(error, jetStreamErrors.noMessage)) return undefined;
      throw error;
    }
  }

  async function get(uid: Uid): Promise<StoredKey | undefined> {
    const last = await message({ last_by_subj: subjectOf(uid) });
    return last === undefined ? undefined : storedKey(last.payload);
  }

  /** Overwrites the bytes of a uid's key, if they are still there. */
  async function erase(uid: Uid): Promise<void> {
    const first = await message({ seq: 1, next_by_subj: subjectOf(uid) });
    if (first === undefined || first.payload.byteLength === 0) return;
    try {
      await callJetStream(link, `STREAM.MSG.DELETE.${name}`, { seq: first.sequence, no_erase: false });
    } catch (error) {
      // Another process did it between the two calls.
      const left = await message({ seq: 1, next_by_subj: subjectOf(uid) });
      if (left !== undefined && left.payload.byteLength > 0) throw error;
    }
  }

  return Object.freeze({
    name,
    async keep(uid: Uid, wrapped: Uint8Array, signal?: AbortSignal): Promise<StoredKey> {
      const fence = { header: 'Nats-Expected-Last-Subject-Sequence', last: NEVER } as const;
      const published = await publishFenced(
        link,
        { stream: name, subject: subjectOf(uid), payload: wrapped, fence },
        signal,
      );
      if (published.outcome === 'stored') return { state: 'kept', wrapped };
      const found = await get(uid);
      if (found === undefined) throw new OperatingError('log-gap', `stream ${name} lost the key of object ${uid}`);
      return found;
    },
    async get(uid: Uid, signal?: AbortSignal): Promise<StoredKey | undefined> {
      throwIfAborted(signal);
      return await get(uid);
    },
    async load(signal: AbortSignal): Promise<ReadonlyMap<Uid, StoredKey>> {
      const { state } = await streamInfo(link, name);
      const keys = new Map<Uid, StoredKey>();
      if (state.messages === 0) return keys;
      const unfinished: Uid[] = [];
      const from = sequence(state.first_seq);
      for await (const { subject, payload, sequence: at } of pullStream(link, {
        stream: name,
        from,
        contiguous: false,
        signal,
      })) {
        const uid = uidOf(subject.slice(prefix.length + 1));
        const key = storedKey(payload);
        if (key.state === 'destroyed' && keys.get(uid)?.state === 'kept') unfinished.push(uid);
        keys.set(uid, key);
        if (at >= state.last_seq) break;
      }
      for (const uid of unfinished) await erase(uid);
      return keys;
    },
    async destroy(uid: Uid, signal?: AbortSignal): Promise<void> {
      // More than one try: between the question and the mark somebody else may have kept a key or set the mark.
      for (let attempt = 0; attempt < 3; attempt++) {
        const last = await message({ last_by_subj: subjectOf(uid) });
        if (last !== undefined && last.payload.byteLength === 0) return await erase(uid);
        const fence = {
          header: 'Nats-Expected-Last-Subject-Sequence',
          last: sequence(last?.sequence ?? NEVER),
        } as const;
        await publishFenced(link, { stream: name, subject: subjectOf(uid), payload: MARK, fence }, signal);
      }
      throw new OperatingError('unavailable', `stream ${name}: the key of object ${uid} changes while it is destroyed`);
    },
    close: async () => undefined,
  });
}

function storedKey(payload: Uint8Array): StoredKey {
  return payload.byteLength === 0 ? { state: 'destroyed' } : { state: 'kept', wrapped: Buffer.from(payload) };
}
