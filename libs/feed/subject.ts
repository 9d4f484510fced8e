import { objectSubject, subjectToken } from '@taffrail/log/subject';

export { subjectToken };

/** Where an event of the feed goes: `feed.<group|core>.<resource>.<namespace>.<name>.<node>`. */
export function feedSubject(
  event: { readonly group: string; readonly resource: string; readonly namespace: string; readonly name: string },
  node: string,
): string {
  return `${objectSubject('feed', event)}.${subjectToken(node)}`;
}

/** The subjects of one node's pods. */
export function nodePodsFilter(node: string): string {
  return `feed.core.pods.*.*.${subjectToken(node)}`;
}
