import type { PatchSchema } from '@taffrail/machinery/patch/patch-schema';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { ResourceIndex } from '../resource-index.ts';
import type { StateView } from '../state-view.ts';
import type { ReadPatched } from './patch.ts';
import type { ServiceNetwork } from './service-network.ts';

/** What `decide` reads. */
export interface DecideState {
  /** The revision space the command's resource lives in. */
  readonly own: StateView;
  /** The space of Namespaces, ServiceAccounts and everything else kept for ever; the same view for their own commands. */
  readonly cluster: StateView;
  readonly settings: DecideSettings;
}

/** What stays the same as long as a server runs. */
export interface DecideSettings {
  readonly resources: ResourceIndex;
  readonly network: ServiceNetwork;
  /** How strategic merge patch treats a resource's fields; undefined where it has no strategy. */
  readonly patchSchema: (definition: ResourceDefinition) => PatchSchema | undefined;
  readonly readPatched: ReadPatched;
}
