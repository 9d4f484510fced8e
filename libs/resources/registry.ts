import type { ResourceDefinition, ServedResource } from './definition.ts';
import { admissionregistrationResources } from './kinds/admissionregistration.ts';
import { answeredResources } from './kinds/answered.ts';
import { apiextensionsResources } from './kinds/apiextensions.ts';
import { apiregistrationResources } from './kinds/apiregistration.ts';
import { appsResources } from './kinds/apps.ts';
import { autoscalingResources } from './kinds/autoscaling.ts';
import { batchResources } from './kinds/batch.ts';
import { certificatesResources } from './kinds/certificates.ts';
import { coordinationResources } from './kinds/coordination.ts';
import { coreResources } from './kinds/core.ts';
import { discoveryResources } from './kinds/discovery.ts';
import { flowcontrolResources } from './kinds/flowcontrol.ts';
import { networkingResources } from './kinds/networking.ts';
import { nodeResources } from './kinds/node.ts';
import { ownResources } from './kinds/own.ts';
import { policyResources } from './kinds/policy.ts';
import { rbacResources } from './kinds/rbac.ts';
import { resourceResources } from './kinds/resource.ts';
import { schedulingResources } from './kinds/scheduling.ts';
import { storageResources } from './kinds/storage.ts';
import { storagemigrationResources } from './kinds/storagemigration.ts';
import { otherVersions } from './kinds/versions.ts';

/*
 * How to add a kind:
 *
 * 1. Name it in `generate/roots.ts` and run `npm run generate`: the TypeScript types, the schema table and with it the protobuf
 *    decoder then know it and everything it refers to. Structure, required fields, formats and closed sets come from npm packages;
 *    what those do not tell stands in three files of ours beside the generator: `merge-rules.txt` (list types, map keys, patch
 *    strategies), `wire-numbers.txt` (protobuf) and `kept-zeros.txt` (scalars whose zero is a value: add the new kind's there).
 * 2. Make `kinds/<kind>/rules.ts` with `rulesOf<Kind>({…})`. What is left out does nothing; what is there is pure and small:
 *    `defaults.ts` fills in place (`Draft<Kind>`), `validate.ts` answers with field errors (`Given<Kind>`, `validation/field.ts`),
 *    `table.ts` has columns and cells. Metadata, status, generation and immutability of identity are done by `rulesOf`.
 * 3. Describe the resource in the file of its group (`kinds/core.ts`, `kinds/apps.ts`, …) with `defineResource`.
 *
 * A further version of a kind is a line in `kinds/versions.ts`, and its conversion: objects are stored in one form only.
 *
 * Discovery, decoding, patches, tables, storage and watches follow from the definition; nothing else has to be told.
 */

const stored: readonly ResourceDefinition[] = [
  ...coreResources,
  ...admissionregistrationResources,
  ...apiextensionsResources,
  ...apiregistrationResources,
  ...appsResources,
  ...autoscalingResources,
  ...batchResources,
  ...certificatesResources,
  ...coordinationResources,
  ...discoveryResources,
  ...flowcontrolResources,
  ...networkingResources,
  ...nodeResources,
  ...policyResources,
  ...rbacResources,
  ...resourceResources,
  ...schedulingResources,
  ...storageResources,
  ...storagemigrationResources,
];

const resources: readonly ResourceDefinition[] = Object.freeze([...stored, ...otherVersions(stored)]);

const byResource = new Map(
  [...resources, ...ownResources].map((one) => [`${one.group}/${one.version}/${one.resource}`, one]),
);
const byKind = new Map(resources.map((one) => [`${one.group}/${one.version}/${one.kind}`, one]));

const served: readonly ServedResource[] = Object.freeze([...resources, ...answeredResources]);
const answeredByResource = new Map(
  answeredResources.map((one) => [`${one.group}/${one.version}/${one.resource}`, one]),
);
const answeredByKind = new Map(answeredResources.map((one) => [`${one.group}/${one.version}/${one.kind}`, one]));

/** Every resource whose objects the server keeps. */
export function allResources(): readonly ResourceDefinition[] {
  return resources;
}

/** Everything clients are told of: the resources that are kept, and those that are answered on the spot. */
export function servedResources(): readonly ServedResource[] {
  return served;
}

/** A resource by its plural name; `undefined` when there is none. */
export function findResource(group: string, version: string, resource: string): ResourceDefinition | undefined {
  return byResource.get(`${group}/${version}/${resource}`);
}

/** A resource by its kind; `undefined` when there is none. */
export function findKind(group: string, version: string, kind: string): ResourceDefinition | undefined {
  return byKind.get(`${group}/${version}/${kind}`);
}

/** A resource that is answered on the spot, by its plural name; `undefined` when there is none. */
export function findAnswered(group: string, version: string, resource: string): ServedResource | undefined {
  return answeredByResource.get(`${group}/${version}/${resource}`);
}

/** Any kind that can be sent in a request of its own, kept or not; `undefined` when there is none. */
export function findServedKind(group: string, version: string, kind: string): ServedResource | undefined {
  return findKind(group, version, kind) ?? answeredByKind.get(`${group}/${version}/${kind}`);
}
