import type { CustomResourceDefinitionVersion } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { goStructure } from '../../validation/go-syntax.ts';
import { equal } from '../strategy.ts';

export type Version = Given<CustomResourceDefinitionVersion>;

const PARTS = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const;

/** Versions as Kubernetes has them within: what all of them say alike stands beside them, once. */
export interface Told {
  readonly versions: readonly Version[];
  readonly shared: Pick<Version, (typeof PARTS)[number]>;
}

export function tell(versions: readonly Version[]): Told {
  const [first = {}] = versions;
  const alike = PARTS.filter((part) => versions.every((version) => equal(version[part], first[part])));
  const isAlike = (name: string): boolean => alike.some((part) => part === name);
  const pick = (version: Version, is: (name: string) => boolean): Version =>
    Object.fromEntries(Object.entries(version).filter(([name]) => is(name)));
  return {
    shared: pick(first, isAlike),
    versions: versions.map((version) => pick(version, (name) => !isAlike(name))),
  };
}

/** Versions as they are printed. */
export function goVersions(versions: readonly Version[]): { readonly goSyntax: string } {
  return { goSyntax: `[${versions.map((version) => goVersion(version).goSyntax).join(',')}]` };
}

function goVersion(version: Version): { readonly goSyntax: string } {
  const { name = '', served = false, storage = false, deprecated = false, deprecationWarning } = version;
  const { schema, subresources, additionalPrinterColumns: columns, selectableFields: fields } = version;
  return goStructure({
    Name: name,
    Served: served,
    Storage: storage,
    Deprecated: deprecated,
    DeprecationWarning: deprecationWarning,
    Schema: schema === undefined ? undefined : { OpenAPIV3Schema: schema.openAPIV3Schema },
    Subresources:
      subresources === undefined
        ? undefined
        : {
            Status: subresources.status,
            Scale:
              subresources.scale === undefined
                ? undefined
                : {
                    SpecReplicasPath: subresources.scale.specReplicasPath,
                    StatusReplicasPath: subresources.scale.statusReplicasPath,
                    LabelSelectorPath: subresources.scale.labelSelectorPath,
                  },
          },
    AdditionalPrinterColumns: columns?.map((column) => ({
      Name: column.name ?? '',
      Type: column.type ?? '',
      Format: column.format ?? '',
      Description: column.description ?? '',
      Priority: column.priority ?? 0,
      JSONPath: column.jsonPath ?? '',
    })),
    SelectableFields: fields?.map((field) => ({ JSONPath: field.jsonPath ?? '' })),
  });
}
