import type { FieldError } from '../../field-error.ts';
import type { PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, duplicate, index, invalid, type Path, required } from '../field.ts';

const PATTERN = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const expression = new RegExp(PATTERN);
const CHARACTERS = 253;

/** Settings of the kernel: each once, and none that the pod shares with its host. */
export function validateSysctls(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  const seen = new Set<string>();
  return (spec.securityContext?.sysctls ?? []).flatMap(({ name = '' }, at) => {
    const here = child(index(path, at), 'name');
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(here));
    else if (name.length > CHARACTERS || !expression.test(name)) {
      errors.push(invalid(here, name, `must have at most ${CHARACTERS} characters and match regex ${PATTERN}`));
    } else if (seen.has(name)) errors.push(duplicate(here, name));
    const shared = sharedWithHost(name, spec);
    if (shared !== undefined) {
      errors.push(invalid(here, name, `may not be specified when '${shared}' is true`));
    }
    seen.add(name);
    return errors;
  });
}

function sharedWithHost(sysctl: string, spec: Given<PodSpec>): string | undefined {
  const name = dotted(sysctl);
  if (spec.hostNetwork === true && name.startsWith('net.')) return 'hostNetwork';
  const isIpc = name === 'kernel.sem' || /^(?:kernel\.shm|kernel\.msg|fs\.mqueue\.)/.test(name);
  return spec.hostIPC === true && isIpc ? 'hostIPC' : undefined;
}

/** The name with dots between its parts: where its first separator is a slash, dots and slashes stand for each other. */
function dotted(name: string): string {
  if (/[./]/.exec(name)?.[0] !== '/') return name;
  return name.replaceAll(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}
