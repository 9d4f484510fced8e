import type { FieldError } from '../../field-error.ts';
import type { GRPCAction, HTTPGetAction, Lifecycle, LifecycleHandler, PodSpec, Probe } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { httpHeaderName, portName, portNumber } from '../../syntax/names.ts';
import { child, forbidden, invalid, invalids, notSupported, type Path, required } from '../field.ts';
import { NOT_POSITIVE } from '../phrases.ts';
import { validateNonNegative } from '../non-negative.ts';
import { validateStopSignal } from './stop-signal.ts';

const SCHEMES: readonly string[] = ['HTTP', 'HTTPS'];

interface Handler extends Given<LifecycleHandler> {
  readonly grpc?: Given<GRPCAction> | undefined;
}

/** A port by number or by name. */
export function validatePort(port: number | string | undefined, path: Path): readonly FieldError[] {
  const value = port ?? 0;
  return invalids(path, value, typeof value === 'number' ? portNumber(value) : portName(value));
}

function validateHttpGet(action: Given<HTTPGetAction>, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((action.path ?? '') === '') errors.push(required(child(path, 'path')));
  errors.push(...validatePort(action.port, child(path, 'port')));
  if (!SCHEMES.includes(action.scheme ?? ''))
    errors.push(notSupported(child(path, 'scheme'), action.scheme ?? '', SCHEMES));
  for (const { name = '' } of action.httpHeaders ?? []) {
    errors.push(...invalids(child(path, 'httpHeaders'), name, httpHeaderName(name)));
  }
  return errors;
}

/** The rule of each handler type, in the order in which the first one counts. */
function handlerErrors(
  handler: Handler,
  graceSeconds: number | undefined,
  path: Path,
): readonly (readonly [string, readonly FieldError[]])[] {
  const found: [string, readonly FieldError[]][] = [];
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec !== undefined) {
    found.push(['exec', (exec.command ?? []).length === 0 ? [required(child(path, 'exec', 'command'))] : []]);
  }
  if (httpGet !== undefined) found.push(['httpGet', validateHttpGet(httpGet, child(path, 'httpGet'))]);
  if (tcpSocket !== undefined)
    found.push(['tcpSocket', validatePort(tcpSocket.port, child(path, 'tcpSocket', 'port'))]);
  if (grpc !== undefined) found.push(['grpc', validatePort(grpc.port, child(path, 'grpc', 'port'))]);
  if (sleep !== undefined) found.push(['sleep', validateSleep(sleep.seconds ?? 0, graceSeconds, child(path, 'sleep'))]);
  return found;
}

function validateSleep(seconds: number, graceSeconds: number | undefined, path: Path): readonly FieldError[] {
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return [];
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  return [invalid(path, seconds, detail)];
}

function validateHandler(handler: Handler, graceSeconds: number | undefined, path: Path): readonly FieldError[] {
  const [first, ...others] = handlerErrors(handler, graceSeconds, path);
  if (first === undefined) return [required(path, 'must specify a handler type')];
  return [
    ...first[1],
    ...others.map(([name]) => forbidden(child(path, name), 'may not specify more than 1 handler type')),
  ];
}

/** What is done when a container starts and stops; the pod says for which system and how long that may take. */
export function validateLifecycle(
  lifecycle: Given<Lifecycle>,
  spec: Given<PodSpec>,
  path: Path,
): readonly FieldError[] {
  const errors = (['postStart', 'preStop'] as const).flatMap((moment) => {
    const handler = lifecycle[moment];
    return handler === undefined
      ? []
      : validateHandler(handler, spec.terminationGracePeriodSeconds, child(path, moment));
  });
  if (lifecycle.stopSignal === undefined) return errors;
  return [...errors, ...validateStopSignal(lifecycle.stopSignal, spec.os, child(path, 'stopSignal'))];
}

export type ProbeKind = 'livenessProbe' | 'readinessProbe' | 'startupProbe';

/** A probe: one handler, sensible numbers, and what its kind adds. */
export function validateProbe(
  probe: Given<Probe>,
  kind: ProbeKind,
  graceSeconds: number | undefined,
  path: Path,
): readonly FieldError[] {
  const numbers = [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const;
  const grace = probe.terminationGracePeriodSeconds;
  const gracePath = child(path, 'terminationGracePeriodSeconds');
  const errors = [
    ...validateHandler(probe, graceSeconds, path),
    ...numbers.flatMap((field) => validateNonNegative(probe[field], child(path, field))),
  ];
  if (grace !== undefined && grace <= 0) errors.push(invalid(gracePath, grace, NOT_POSITIVE));
  if (kind === 'readinessProbe') {
    if (grace !== undefined) errors.push(invalid(gracePath, grace, 'must not be set for readinessProbes'));
  } else if (probe.successThreshold !== 1) {
    errors.push(invalid(child(path, 'successThreshold'), probe.successThreshold, 'must be 1'));
  }
  return errors;
}
