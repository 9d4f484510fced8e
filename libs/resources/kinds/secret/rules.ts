import type { Secret } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { age } from '../cells.ts';
import { rulesOf } from '../strategy.ts';
import { validateSecret, validateSecretUpdate } from './validate.ts';

/** `stringData` is a way to write only: it is encoded into `data` and not kept. */
function defaults(secret: Draft<Secret>): void {
  if (secret.type === undefined || secret.type === '') secret.type = 'Opaque';
  if (secret.stringData === undefined) return;
  const data = (secret.data ??= {});
  for (const [name, text] of Object.entries(secret.stringData)) {
    if (text !== undefined) data[name] = Buffer.from(text).toString('base64');
  }
  delete secret.stringData;
}

export const secretRules = rulesOf<Secret>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  validate: validateSecret,
  changesFirst: true,
  validateUpdate: validateSecretUpdate,
  selectable: { type: (secret) => secret.type ?? '' },
  cells: (secret) => [
    secret.metadata?.name ?? '',
    secret.type ?? '',
    Object.keys(secret.data ?? {}).length,
    age(secret.metadata),
  ],
});
