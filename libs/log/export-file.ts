import { Buffer } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { assert } from '@taffrail/platform/assert';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';

/*
 * The file that exports and backups are. `docs/LOG-FORMAT.md` describes it for others; in short: a line that names the
 * format, then blocks, each a length (32 bits, big-endian) and that many bytes of gzip. The blocks' contents, one behind
 * the other, are records: a line of JSON, and behind it as many bytes as its `bytes` says. A record lies within one block.
 *
 * The last record of a whole file is `end`. A file without it was broken off, and can be written on from its last block.
 */

/** First line of every file. The number is the format's. */
const MAGIC = Buffer.from('TAFFRAIL-LOG 1\n');
/** Of a file without a block. */
export const EMPTY_EXPORT_BYTES = MAGIC.byteLength;
const MAGIC_START = 'TAFFRAIL-LOG ';
const LENGTH_BYTES = 4;
const NEWLINE = 0x0a;

/** A line of a file and the bytes that belong to it. */
export interface FileRecord {
  /** What it is; readers pass over what they do not know. */
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface ReadRecord {
  readonly head: FileRecord;
  readonly bytes: Buffer;
}

/** Writes a file block by block; memory holds one block. */
export interface ExportWriter {
  add(head: FileRecord, bytes?: Uint8Array): Promise<void>;
  /** Writes what is left and waits for the disk. */
  close(): Promise<void>;
  /** Bytes in the file. */
  readonly written: number;
}

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Starts a new file. Throws OperatingError when it exists (`address-in-use`) or cannot be written. */
export async function createExportFile(file: string): Promise<ExportWriter> {
  const handle = await openFile(file, 'wx');
  await handle.write(MAGIC);
  return writerAt(handle, file, MAGIC.byteLength);
}

/** Writes on behind a file's last whole block (`end` of `readExportFile`); what is behind it was broken off and goes. */
export async function continueExportFile(file: string, end: number): Promise<ExportWriter> {
  const handle = await openFile(file, 'r+');
  await handle.truncate(end);
  return writerAt(handle, file, end);
}

function writerAt(handle: FileHandle, file: string, start: number): ExportWriter {
  let position = start;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;

  async function flush(): Promise<void> {
    if (pendingBytes === 0) return;
    const block = await compress(Buffer.concat(pending), { level: 1 });
    pending = [];
    pendingBytes = 0;
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(block.byteLength);
    try {
      await handle.write(Buffer.concat([length, block]), 0, undefined, position);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'storage-full' : 'permission';
      throw new OperatingError(code, `cannot write ${file}: ${messageOf(error)}`, { cause: error });
    }
    position += LENGTH_BYTES + block.byteLength;
  }

  return {
    async add(head, bytes = new Uint8Array()) {
      const line = Buffer.from(`${JSON.stringify({ ...head, bytes: bytes.byteLength })}\n`);
      pending.push(line, bytes);
      pendingBytes += line.byteLength + bytes.byteLength;
      if (pendingBytes >= limits.exportBlockBytes) await flush();
    },
    async close() {
      try {
        await flush();
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    get written() {
      return position;
    },
  };
}

/** A record and where the block it lies in ends. */
export interface PlacedRecord extends ReadRecord {
  readonly blockEnd: number;
}

/**
 * Reads a file's records in order, holding one block. Ends where the file was broken off, in silence: a whole one ends with
 * `end`. Throws OperatingError `log-corrupt` for a damaged block, `protocol` for another kind of file, `format-too-new`.
 */
export async function* readExportFile(file: string): AsyncGenerator<PlacedRecord> {
  const handle = await openFile(file, 'r');
  try {
    let position = await requireMagic(handle, file);
    const length = Buffer.alloc(LENGTH_BYTES);
    for (;;) {
      const read = await handle.read(length, 0, LENGTH_BYTES, position);
      if (read.bytesRead < LENGTH_BYTES) return;
      const size = length.readUInt32BE();
      if (size === 0 || size > limits.exportBlockMaximumBytes) throw damaged(file, position, 'has no sane length');
      const block = Buffer.alloc(size);
      if ((await readWhole(handle, block, position + LENGTH_BYTES)) < size) return;
      const contents = await decompress(block, { maxOutputLength: limits.exportBlockMaximumBytes }).catch(
        (error: unknown) => Promise.reject(damaged(file, position, messageOf(error))),
      );
      position += LENGTH_BYTES + size;
      for (const record of recordsOf(contents, file, position)) yield { ...record, blockEnd: position };
    }
  } finally {
    await handle.close();
  }
}

function* recordsOf(contents: Buffer, file: string, position: number): Generator<ReadRecord> {
  for (let at = 0; at < contents.byteLength;) {
    const end = contents.indexOf(NEWLINE, at);
    if (end === -1) throw damaged(file, position, 'ends within a line');
    const head = headOf(contents.toString('utf8', at, end));
    if (head === undefined) throw damaged(file, position, 'has a line that is no record');
    const next = end + 1 + head.bytes;
    if (next > contents.byteLength) throw damaged(file, position, 'ends within a record');
    yield { head, bytes: contents.subarray(end + 1, next) };
    at = next;
  }
}

function headOf(line: string): (FileRecord & { readonly bytes: number }) | undefined {
  try {
    const head = JSON.parse(line) as { readonly type?: unknown; readonly bytes?: unknown } | null;
    const { type, bytes } = head ?? {};
    if (typeof type !== 'string' || !Number.isSafeInteger(bytes) || (bytes as number) < 0) return undefined;
    return head as FileRecord & { readonly bytes: number };
  } catch {
    return undefined; // the caller says which block it is
  }
}

async function requireMagic(handle: FileHandle, file: string): Promise<number> {
  const start = Buffer.alloc(MAGIC.byteLength);
  const count = await readWhole(handle, start, 0);
  if (count === MAGIC.byteLength && start.equals(MAGIC)) return MAGIC.byteLength;
  if (start.toString('latin1').startsWith(MAGIC_START)) {
    throw new OperatingError('format-too-new', `${file} was written by a newer build: use that one to read it`);
  }
  throw new OperatingError('protocol', `${file} is no export of a log`);
}

async function readWhole(handle: FileHandle, into: Buffer, position: number): Promise<number> {
  let count = 0;
  while (count < into.byteLength) {
    const { bytesRead } = await handle.read(into, count, into.byteLength - count, position + count);
    if (bytesRead === 0) break;
    count += bytesRead;
  }
  assert(count <= into.byteLength, 'no more is read than there is room for');
  return count;
}

async function openFile(file: string, flags: string): Promise<FileHandle> {
  try {
    return await open(file, flags, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new OperatingError('address-in-use', `${file} exists already`, { cause: error });
    throw new OperatingError('permission', `cannot open ${file}: ${messageOf(error)}`, { cause: error });
  }
}

function damaged(file: string, position: number, what: string): OperatingError {
  return new OperatingError('log-corrupt', `${file}: the block at byte ${position} is damaged (${what})`);
}
