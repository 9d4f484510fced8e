import type { AppArmorProfile, Pod } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import { APPARMOR_PREFIX } from '../../validation/pod/annotations.ts';
import { validateAppArmor } from '../../validation/pod/profiles.ts';
import { equal } from '../strategy.ts';

/** Profiles were once given by annotations: where a container has no other, its annotation counts. In place. */
export function applyAppArmorAnnotations(pod: Draft<Pod>): void {
  const annotations = pod.metadata?.annotations;
  const { spec } = pod;
  if (annotations === undefined || spec === undefined || spec.os?.name === 'windows') return;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const text = annotations[`${APPARMOR_PREFIX}${container.name ?? ''}`];
    if (text === undefined || container.securityContext?.appArmorProfile !== undefined) continue;
    const profile = profileOf(text);
    if (profile === undefined || equal(profile, spec.securityContext?.appArmorProfile)) continue;
    (container.securityContext ??= {}).appArmorProfile = profile;
  }
}

function profileOf(text: string): Draft<AppArmorProfile> | undefined {
  if (text === 'unconfined') return { type: 'Unconfined' };
  if (text === 'runtime/default') return { type: 'RuntimeDefault' };
  const profile = { type: 'Localhost', localhostProfile: text.slice('localhost/'.length) };
  const isValid = text.startsWith('localhost/') && validateAppArmor(profile, '').length === 0;
  return isValid ? profile : undefined;
}
