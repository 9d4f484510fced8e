import type { FieldError } from '../../field-error.ts';
import type { ConfigMapNodeConfigSource, NodeConfigSource, NodeConfigStatus } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { configMapKey, dns1123Label, dns1123Subdomain } from '../../syntax/names.ts';
import { child, forbidden, invalid, invalids, type Path, required } from '../../validation/field.ts';
import { goStructure } from '../../validation/go-syntax.ts';

/* Where agents once took their configuration from. Nobody reads it any more; what nodes still say of it stays well-formed. */

type Source = Given<ConfigMapNodeConfigSource>;
const VERSIONS = ['uid', 'resourceVersion'] as const;

export function validateConfigSource(source: Given<NodeConfigSource>, path: Path): readonly FieldError[] {
  return validateSource(source, path, (map, here) =>
    VERSIONS.flatMap((field) =>
      (map[field] ?? '') === '' ? [] : [forbidden(child(here, field), `${field} must not be set in spec`)],
    ),
  );
}

export function validateConfigStatus(status: Given<NodeConfigStatus>, path: Path): readonly FieldError[] {
  return (['assigned', 'active', 'lastKnownGood'] as const).flatMap((field) => {
    const source = status[field];
    if (source === undefined) return [];
    return validateSource(source, child(path, field), (map, here) =>
      VERSIONS.flatMap((name) =>
        (map[name] ?? '') === '' ? [required(child(here, name), `${name} must be set in status`)] : [],
      ),
    );
  });
}

function validateSource(
  { configMap }: Given<NodeConfigSource>,
  path: Path,
  versions: (map: Source, path: Path) => readonly FieldError[],
): readonly FieldError[] {
  if (configMap === undefined) {
    return [invalid(path, goStructure({ ConfigMap: undefined }), 'exactly one reference subfield must be non-nil')];
  }
  const here = child(path, 'configMap');
  return [...versions(configMap, here), ...validateNames(configMap, here)];
}

function validateNames(
  { namespace = '', name = '', kubeletConfigKey = '' }: Source,
  path: Path,
): readonly FieldError[] {
  const each = (field: string, value: string, faults: readonly string[], what: string): readonly FieldError[] =>
    value === '' ? [required(child(path, field), `${what} must be set`)] : invalids(child(path, field), value, faults);
  return [
    ...each('namespace', namespace, dns1123Label(namespace), 'namespace'),
    ...each('name', name, dns1123Subdomain(name), 'name'),
    ...each('kubeletConfigKey', kubeletConfigKey, configMapKey(kubeletConfigKey), 'kubeletConfigKey'),
  ];
}
