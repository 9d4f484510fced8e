import type { FieldError } from '../../field-error.ts';
import type { PodOS } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { forbidden, notSupported, type Path } from '../field.ts';

const REAL_TIME = 15;

/** Signals by system, in the order in which they are listed. */
const SIGNALS: Readonly<Record<string, readonly string[]>> = {
  linux: [
    ...'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP'.split(' '),
    ...'SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'.split(' '),
    ...Array.from({ length: REAL_TIME }, (_, at) => `RTMIN+${at + 1}`),
    ...Array.from({ length: REAL_TIME - 1 }, (_, at) => `RTMAX-${at + 1}`),
  ]
    .map((name) => `SIG${name}`)
    .sort(),
  windows: ['SIGKILL', 'SIGTERM'],
};

/** The signal a container is stopped with: which ones there are depends on the system. */
export function validateStopSignal(signal: string, os: Given<PodOS> | undefined, path: Path): readonly FieldError[] {
  if (os === undefined) return [forbidden(path, 'may not be set for containers with empty `spec.os.name`')];
  const name = os.name ?? '';
  const signals = Object.hasOwn(SIGNALS, name) ? SIGNALS[name] : undefined;
  return signals === undefined || signals.includes(signal) ? [] : [notSupported(path, signal, signals)];
}
