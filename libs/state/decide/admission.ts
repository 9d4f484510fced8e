import type { Random } from '@taffrail/platform/random';
import type { Rejection } from '@taffrail/machinery/rejection';
import type { DecisionContext, Target } from '../command.ts';
import { admitCertificateRequest } from './certificate-admission.ts';
import { admitClassDefault } from './class-default.ts';
import type { WorkingObject } from './metadata.ts';
import { admitNode } from './node-admission.ts';
import { admitPod } from './pod-admission.ts';
import type { DecideState } from './state.ts';
import { protectInUse } from './protection.ts';

/** What the server adds to a new object out of others, in place; or why it may not be. */
export function admit(
  { cluster }: DecideState,
  target: Target,
  object: WorkingObject,
  context: DecisionContext,
  random: Random,
): Rejection | undefined {
  switch (`${target.definition.group}/${target.definition.resource}`) {
    case '/pods':
      return admitPod(cluster, target, object, random);
    case '/nodes':
      admitNode(object);
      return undefined;
    case '/persistentvolumeclaims':
      protectInUse(object, 'kubernetes.io/pvc-protection');
      return admitClassDefault(cluster, target, object);
    case '/persistentvolumes':
      protectInUse(object, 'kubernetes.io/pv-protection');
      return undefined;
    case 'storage.k8s.io/volumeattributesclasses':
      protectInUse(object, 'kubernetes.io/vac-protection');
      return undefined;
    case 'networking.k8s.io/servicecidrs':
      protectInUse(object, 'networking.k8s.io/service-cidr-finalizer');
      return undefined;
    case 'networking.k8s.io/ingresses':
      return admitClassDefault(cluster, target, object);
    case 'certificates.k8s.io/certificatesigningrequests':
      admitCertificateRequest(object, context);
      return undefined;
    default:
      return undefined;
  }
}
