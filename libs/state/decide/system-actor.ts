import type { Actor } from '@taffrail/log/event';

/** The server itself, where an event names who acted. */
export const SYSTEM_ACTOR: Actor = Object.freeze({
  user: 'system:apiserver',
  groups: Object.freeze(['system:masters']),
  userAgent: 'taffrail',
  address: '',
  fieldManager: 'taffrail',
});
