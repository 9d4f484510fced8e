import { qualifiedResource, type Rejection } from '@taffrail/machinery/rejection';
import type { Attributes } from './authorizer.ts';
import type { User } from './identity.ts';

/** The 403 of a request the authorizer denied, worded as Kubernetes words it. */
export function accessDenied(user: User, asked: Attributes, why: string): Rejection {
  const reason = why === '' ? '' : `: ${why}`;
  if (asked.type === 'path') {
    return {
      rejected: true,
      reason: 'Forbidden',
      code: 403,
      message: `forbidden: User "${user.name}" cannot ${asked.verb} path "${asked.path}"${reason}`,
      details: {},
    };
  }
  const resource = asked.subresource === '' ? asked.resource : `${asked.resource}/${asked.subresource}`;
  const place = asked.namespace === '' ? 'at the cluster scope' : `in the namespace "${asked.namespace}"`;
  const subject = qualifiedResource(asked) + (asked.name === '' ? '' : ` "${asked.name}"`);
  return {
    rejected: true,
    reason: 'Forbidden',
    code: 403,
    message:
      `${subject} is forbidden: User "${user.name}" cannot ${asked.verb} resource "${resource}" ` +
      `in API group "${asked.group}" ${place}${reason}`,
    details: {
      name: asked.name,
      ...(asked.group === '' ? {} : { group: asked.group }),
      kind: asked.resource,
    },
  };
}
