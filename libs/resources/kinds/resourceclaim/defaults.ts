import type { DeviceToleration, ResourceResourceClaim } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';

type ClaimSpec = NonNullable<Draft<ResourceResourceClaim>['spec']>;

/** What both forms of a request have. */
interface Asked {
  allocationMode?: string;
  count?: number;
  tolerations?: Draft<DeviceToleration>[];
}

/** Without a word about how many, one device is asked for; a toleration without an operator compares. */
export function defaultClaimSpec(spec: ClaimSpec | undefined): void {
  for (const request of spec?.devices?.requests ?? []) {
    if (request.exactly !== undefined) defaultRequest(request.exactly as Asked);
    for (const one of request.firstAvailable ?? []) defaultRequest(one as Asked);
  }
}

function defaultRequest(asked: Asked): void {
  if ((asked.allocationMode ?? '') === '') asked.allocationMode = 'ExactCount';
  if (asked.allocationMode === 'ExactCount' && (asked.count ?? 0) === 0) asked.count = 1;
  for (const toleration of asked.tolerations ?? []) {
    if ((toleration.operator ?? '') === '') toleration.operator = 'Equal';
  }
}
