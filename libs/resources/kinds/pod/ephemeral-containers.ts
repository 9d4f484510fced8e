import type { FieldError } from '../../field-error.ts';
import type { Pod } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { forbidden } from '../../validation/field.ts';
import { quoted } from '../../validation/go-syntax.ts';
import { equal } from '../strategy.ts';
import { validateAnnotationUpdate } from './annotation-update.ts';
import { changedPaths } from './changed-paths.ts';
import { isMirrorPod, keepAllBut } from './part-update.ts';
import { validateChangedPod } from './validate.ts';

const PATH = 'spec.ephemeralContainers';

/** Through `ephemeralcontainers` nothing else of a pod changes. In place. */
export function keepAllButEphemeral(next: Draft<Pod>, previous: Given<Pod>): void {
  const given = next.spec?.ephemeralContainers;
  keepAllBut(next, previous);
  const spec = (next.spec ??= {});
  if (given === undefined) delete spec.ephemeralContainers;
  else spec.ephemeralContainers = given;
}

/** They can be added; one that is there stays as it is for as long as the pod lives. */
export function validateEphemeralUpdate(next: Given<Pod>, previous: Given<Pod>): readonly FieldError[] {
  if (isMirrorPod(previous)) return [forbidden('', 'static pods do not support ephemeral containers')];
  const named = new Map((next.spec?.ephemeralContainers ?? []).map((one) => [one.name, one]));
  const changes = (previous.spec?.ephemeralContainers ?? []).flatMap((old) => {
    const name = quoted(old.name ?? '');
    const current = named.get(old.name);
    if (current === undefined) return [forbidden(PATH, `existing ephemeral containers ${name} may not be removed\n`)];
    if (equal(current, old)) return [];
    const lines = changedPaths(old, current, PATH).join('\n');
    return [forbidden(PATH, `existing ephemeral containers ${name} may not be changed\n${lines}\n`)];
  });
  return [...validateChangedPod(next, previous), ...validateAnnotationUpdate(next, previous), ...changes];
}
