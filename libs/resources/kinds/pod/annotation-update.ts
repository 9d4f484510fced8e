import type { FieldError } from '../../field-error.ts';
import type { Pod } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { forbidden, key } from '../../validation/field.ts';
import { APPARMOR_PREFIX, MIRROR } from '../../validation/pod/annotations.ts';

/** Annotations that say how a pod was started stay as they are. */
export function validateAnnotationUpdate(next: Given<Pod>, previous: Given<Pod>): readonly FieldError[] {
  const [now, before] = [next.metadata?.annotations ?? {}, previous.metadata?.annotations ?? {}];
  const errors: FieldError[] = [];
  for (const [name, value] of Object.entries(before)) {
    const what = now[name] === value ? undefined : fixedAnnotation(name);
    if (what !== undefined)
      errors.push(forbidden(key('metadata.annotations', name), `may not remove or update ${what}`));
  }
  for (const name of Object.keys(now)) {
    const what = before[name] === undefined ? fixedAnnotation(name) : undefined;
    if (what !== undefined) errors.push(forbidden(key('metadata.annotations', name), `may not add ${what}`));
  }
  return errors;
}

function fixedAnnotation(name: string): string | undefined {
  if (name.startsWith(APPARMOR_PREFIX)) return 'AppArmor annotations';
  return name === MIRROR ? 'mirror pod annotation' : undefined;
}
