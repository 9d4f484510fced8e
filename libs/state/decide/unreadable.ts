import { UNREADABLE_ANNOTATION } from '@taffrail/log/sealed-object';
import type { FieldError } from '@taffrail/resources/field-error';
import type { KubeObject } from '@taffrail/resources/object';
import { forbidden, key } from '@taffrail/resources/validation/field';

/**
 * What stands for a body that cannot be read is not written as if it were one: an undo to a purged revision, or a saved
 * copy that is applied, would put an empty object in the place of what it once was.
 */
export function unreadableErrors(object: KubeObject, previous: KubeObject | undefined): readonly FieldError[] {
  if (!isUnreadable(object) || (previous !== undefined && isUnreadable(previous))) return [];
  const why = 'what it stands for cannot be read any more, so that nothing of it can be written again';
  return [forbidden(key('metadata.annotations', UNREADABLE_ANNOTATION), why)];
}

function isUnreadable({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[UNREADABLE_ANNOTATION] !== undefined;
}
