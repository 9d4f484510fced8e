import type { ResourceName } from '@taffrail/controller/api-client';
import { STORED_RESOURCES } from '../stored-resources.ts';

/** Every resource that lies in namespaces; Events, which nobody waits for, are left out. */
export const NAMESPACE_CONTENTS: readonly ResourceName[] = Object.freeze(
  STORED_RESOURCES.filter(({ namespaced }) => namespaced).map(({ resource }) => resource),
);
