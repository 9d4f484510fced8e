import { assert } from '@taffrail/platform/assert';

/**
 * What containerd is told to use for sandboxes. The name belongs to no registry, so it is never looked for in one.
 * Raise the number when the program changes: a node imports it once.
 */
export const PAUSE_IMAGE = 'taffrail.local/pause:1';

/**
 * The program of a sandbox's first container: it ignores SIGCHLD (so that orphans adopted by process 1 are reaped by the
 * kernel) and sleeps. Written as machine code, since an image of our own must not need a compiler or a registry.
 */
export interface PauseProgram {
  /** ELF machine number. */
  readonly machine: number;
  readonly code: Uint8Array;
}

const AMD64: PauseProgram = {
  machine: 62,
  code: Buffer.from(
    [
      'b80d000000', //         mov eax, 13           rt_sigaction(
      'bf11000000', //         mov edi, 17             SIGCHLD,
      '488d351700000031d2', // lea rsi, [rip + 23]     &action; xor edx, edx: no old action,
      '41ba08000000', //       mov r10d, 8             8 bytes of mask)
      '0f05', //               syscall
      'b822000000', // again:  mov eax, 34           pause()
      '0f05', //               syscall
      'ebf7', //               jmp again
      '00000000', //           padding: the action follows at 40
    ].join(''),
    'hex',
  ),
};

const ARM64: PauseProgram = {
  machine: 183,
  code: words([
    0xd2800220, //         mov x0, 17              rt_sigaction(SIGCHLD,
    0x100001a1, //         adr x1, action (at 56)    &action,
    0xd2800002, //         mov x2, 0                 no old action,
    0xd2800103, //         mov x3, 8                 8 bytes of mask)
    0xd28010c8, //         mov x8, 134
    0xd4000001, //         svc 0
    0xd2800000, // again:  mov x0, 0               ppoll(no descriptors,
    0xd2800001, //         mov x1, 0
    0xd2800002, //         mov x2, 0                 no timeout,
    0xd2800003, //         mov x3, 0                 no mask)
    0xd2800004, //         mov x4, 0
    0xd2800928, //         mov x8, 73
    0xd4000001, //         svc 0
    0x17fffff9, //         b again
  ]),
};

/** The program for an architecture as Node names it; `undefined` when we have none. */
export function pauseProgram(architecture: string): PauseProgram | undefined {
  if (architecture === 'x64') return AMD64;
  return architecture === 'arm64' ? ARM64 : undefined;
}

const LOAD_ADDRESS = 0x40_0000n;
const HEADERS_BYTES = 64 + 56;

/** A static ELF executable: one segment with the code and, behind it, the `struct sigaction` {SIG_IGN, 0, …}. */
export function pauseExecutable(program: PauseProgram): Buffer {
  assert(program.code.length % 8 === 0, 'the action behind the code is aligned');
  const action = Buffer.alloc(32);
  action.writeBigUInt64LE(1n, 0); // SIG_IGN
  const body = Buffer.concat([program.code, action]);
  const size = BigInt(HEADERS_BYTES + body.length);

  const header = Buffer.alloc(HEADERS_BYTES);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELF, 64 bit, little endian, version 1
  header.writeUInt16LE(2, 16); // executable
  header.writeUInt16LE(program.machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(LOAD_ADDRESS + BigInt(HEADERS_BYTES), 24); // entry
  header.writeBigUInt64LE(64n, 32); // program headers' offset
  header.writeUInt16LE(64, 52); // size of this header
  header.writeUInt16LE(56, 54); // size of a program header
  header.writeUInt16LE(1, 56); // number of them

  header.writeUInt32LE(1, 64); // PT_LOAD
  header.writeUInt32LE(5, 68); // readable, executable
  header.writeBigUInt64LE(0n, 72); // file offset
  header.writeBigUInt64LE(LOAD_ADDRESS, 80);
  header.writeBigUInt64LE(LOAD_ADDRESS, 88);
  header.writeBigUInt64LE(size, 96); // in the file
  header.writeBigUInt64LE(size, 104); // in memory
  header.writeBigUInt64LE(4096n, 112); // alignment
  return Buffer.concat([header, body]);
}

function words(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32LE(value, index * 4));
  return bytes;
}
