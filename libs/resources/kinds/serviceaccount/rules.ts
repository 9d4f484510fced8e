import type { ServiceAccount } from '../../generated/types.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { age } from '../cells.ts';
import { rulesOf } from '../strategy.ts';

export const serviceAccountRules = rulesOf<ServiceAccount>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  prepareForCreate: keepSecretNames,
  prepareForUpdate: keepSecretNames,
  cells: (account) => [account.metadata?.name ?? '', account.secrets?.length ?? 0, age(account.metadata)],
});

/** Of the references to Secrets only the names are kept. */
function keepSecretNames(account: { secrets?: { name?: string | undefined }[] | undefined }): void {
  if (account.secrets === undefined) return;
  account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}
