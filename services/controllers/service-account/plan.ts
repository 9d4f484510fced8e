import { asObject } from '@taffrail/controller/as-object';
import type { Controller } from '@taffrail/controller/controller';
import type { Namespace } from '@taffrail/resources/generated/types';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../resource-names.ts';

const DEFAULT = 'default';

/** Every active namespace has a service account `default`; one that was deleted comes back. */
export const serviceAccountController: Controller = Object.freeze<Controller>({
  name: 'service-account-controller',
  follows: [
    { resource: NAMESPACES, keys: (object) => [{ namespace: '', name: object.metadata.name ?? '' }] },
    {
      resource: SERVICE_ACCOUNTS,
      part: 'metadata',
      keys: (object) =>
        object.metadata.name === DEFAULT ? [{ namespace: '', name: object.metadata.namespace ?? '' }] : [],
    },
  ],
  plan(view, key) {
    const namespace = view.get<Namespace>(NAMESPACES, '', key.name);
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return [];
    if (view.get(SERVICE_ACCOUNTS, key.name, DEFAULT) !== undefined) return [];
    const metadata = { name: DEFAULT, namespace: key.name };
    const object = asObject({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    return [{ type: 'create', resource: SERVICE_ACCOUNTS, object }];
  },
});
