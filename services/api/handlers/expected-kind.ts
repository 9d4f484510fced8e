import type { ExpectedKind } from '@taffrail/machinery/decode/decode-object';
import type { ServedResource } from '@taffrail/resources/definition';

const SUBRESOURCE_SCHEMAS: Readonly<Record<string, string>> = Object.freeze({
  Scale: 'io.k8s.api.autoscaling.v1.Scale',
  Binding: 'io.k8s.api.core.v1.Binding',
  Eviction: 'io.k8s.api.policy.v1.Eviction',
  TokenRequest: 'io.k8s.api.authentication.v1.TokenRequest',
});

/** The kind of the body a resource or one of its subresources takes. */
export function expectedKind(definition: ServedResource, subresource: string): ExpectedKind {
  const found = definition.subresources.find((one) => one.name === subresource);
  const schema = found === undefined ? undefined : SUBRESOURCE_SCHEMAS[found.kind];
  if (found === undefined || schema === undefined) return definition;
  return {
    group: found.group ?? definition.group,
    version: found.version ?? definition.version,
    kind: found.kind,
    schema,
  };
}
