import type { ServedResource } from './definition.ts';

const ANSWERED: ReadonlySet<string> = new Set([
  '/persistentvolumeclaims',
  '/persistentvolumes',
  '/pods',
  '/podtemplates',
  '/resourcequotas',
  '/serviceaccounts',
  '/services',
  'resource.k8s.io/deviceclasses',
  'resource.k8s.io/devicetaintrules',
  'resource.k8s.io/resourceclaims',
  'resource.k8s.io/resourceclaimtemplates',
  'resource.k8s.io/resourceslices',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/storageclasses',
  'storage.k8s.io/volumeattachments',
  'storage.k8s.io/volumeattributesclasses',
]);

/** Whether a deletion answers with the object that is gone; elsewhere it answers with a Status. */
export function answersDeletedObject({ group, resource }: Pick<ServedResource, 'group' | 'resource'>): boolean {
  return ANSWERED.has(`${group}/${resource}`);
}
