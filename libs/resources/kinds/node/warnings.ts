import type { Node } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { index } from '../../validation/field.ts';
import { cidrWarnings } from '../../syntax/ip-warnings.ts';

/** What a node still says that nobody reads, and ranges in a form of their own. */
export function nodeWarnings({ spec = {} }: Given<Node>): readonly string[] {
  return [
    ...(spec.configSource === undefined ? [] : ['spec.configSource: the feature is removed']),
    ...((spec.externalID ?? '') === ''
      ? []
      : ['spec.externalID: this field is deprecated, and is unused by Kubernetes']),
    ...(spec.podCIDRs ?? []).flatMap((one, at) => cidrWarnings(index('spec.podCIDRs', at), one)),
  ];
}
