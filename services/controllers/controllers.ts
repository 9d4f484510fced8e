import type { Controller } from '@taffrail/controller/controller';
import { rootCaController, serviceCaController } from './ca-publisher/plan.ts';
import { deploymentController } from './deployment/plan.ts';
import { disruptionController } from './disruption/plan.ts';
import { endpointSliceController } from './endpoint-slice/plan.ts';
import { endpointSliceMirroringController } from './endpoint-slice-mirroring/plan.ts';
import { endpointsController } from './endpoints/plan.ts';
import { garbageCollector } from './garbage-collection/plan.ts';
import { ipAddressController } from './ip-addresses/plan.ts';
import { namespaceController } from './namespace/plan.ts';
import { nodeLifecycleController } from './node-lifecycle/plan.ts';
import { podGarbageController } from './pod-garbage/plan.ts';
import { replicaSetController } from './replicaset/plan.ts';
import { replicationController } from './replication-controller/plan.ts';
import { resourceQuotaController } from './resource-quota/plan.ts';
import { serviceAccountController } from './service-account/plan.ts';
import { serviceCidrController } from './service-cidr/plan.ts';
import { taintEvictionController } from './taint-eviction/plan.ts';
import { attributesClassProtectionController } from './volume-protection/attributes-classes.ts';
import { claimProtectionController } from './volume-protection/claims.ts';
import { volumeProtectionController } from './volume-protection/volumes.ts';

export interface BuiltInOptions {
  /** The cluster's CA certificate, PEM, as it is published to namespaces. */
  readonly rootCertificate: string;
  /** Whether it is published as the CA of Services as well. */
  readonly publishServiceCa: boolean;
}

/** Every controller of the control plane. */
export function builtInControllers(options: BuiltInOptions): readonly Controller[] {
  return [
    deploymentController,
    replicaSetController,
    replicationController,
    garbageCollector,
    namespaceController,
    nodeLifecycleController,
    taintEvictionController,
    endpointsController,
    endpointSliceController,
    endpointSliceMirroringController,
    resourceQuotaController,
    serviceCidrController,
    ipAddressController,
    serviceAccountController,
    rootCaController(options.rootCertificate),
    ...(options.publishServiceCa ? [serviceCaController(options.rootCertificate)] : []),
    podGarbageController,
    disruptionController,
    claimProtectionController,
    volumeProtectionController,
    attributesClassProtectionController,
  ];
}
