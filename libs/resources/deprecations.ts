import { apiVersionOf } from './object.ts';

/** When a version of a kind became deprecated, when it ends, and what takes its place. */
interface Deprecation {
  readonly since: string;
  readonly until?: string;
  readonly use?: string;
}

/*
 * What is deprecated at v1.36 of the versions served here. A beta is from three releases after it came, and ends three later.
 * Those that came later than v1.33 are not yet: MutatingAdmissionPolicy, PodCertificateRequest, StorageVersionMigration,
 * DeviceTaintRule.
 */
const FIRST_DRA_BETA: Deprecation = { since: '1.35', until: '1.38' };
const BETA_OF_1_31: Deprecation = { since: '1.34', until: '1.37' };
const BETA_OF_1_33: Deprecation = { since: '1.36', until: '1.39' };

const DEPRECATIONS: Readonly<Record<string, Deprecation | undefined>> = Object.freeze({
  // Nothing is to end here: that clients turn to what holds more addresses is all that is wanted.
  'v1 ComponentStatus': { since: '1.19' },
  'v1 Endpoints': { since: '1.33', use: 'discovery.k8s.io/v1 EndpointSlice' },
  'networking.k8s.io/v1beta1 IPAddress': BETA_OF_1_31,
  'networking.k8s.io/v1beta1 ServiceCIDR': BETA_OF_1_31,
  'storage.k8s.io/v1beta1 VolumeAttributesClass': { ...BETA_OF_1_31, use: 'storage.k8s.io/v1 VolumeAttributesClass' },
  'resource.k8s.io/v1beta1 DeviceClass': FIRST_DRA_BETA,
  'resource.k8s.io/v1beta1 ResourceClaim': FIRST_DRA_BETA,
  'resource.k8s.io/v1beta1 ResourceClaimTemplate': FIRST_DRA_BETA,
  'resource.k8s.io/v1beta1 ResourceSlice': FIRST_DRA_BETA,
  'resource.k8s.io/v1beta2 DeviceClass': BETA_OF_1_33,
  'resource.k8s.io/v1beta2 ResourceClaim': BETA_OF_1_33,
  'resource.k8s.io/v1beta2 ResourceClaimTemplate': BETA_OF_1_33,
  'resource.k8s.io/v1beta2 ResourceSlice': BETA_OF_1_33,
  'certificates.k8s.io/v1beta1 ClusterTrustBundle': BETA_OF_1_33,
  'coordination.k8s.io/v1beta1 LeaseCandidate': BETA_OF_1_33,
});

/** What whoever uses this version of a kind is warned of, as Kubernetes words it; undefined when it is not deprecated. */
export function deprecationOf({
  group,
  version,
  kind,
}: {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}): string | undefined {
  const name = `${apiVersionOf(group, version)} ${kind}`;
  const deprecation = Object.hasOwn(DEPRECATIONS, name) ? DEPRECATIONS[name] : undefined;
  if (deprecation === undefined) return undefined;
  const { since, until, use } = deprecation;
  const ends = until === undefined ? '' : `, unavailable in v${until}+`;
  return `${name} is deprecated in v${since}+${ends}${use === undefined ? '' : `; use ${use}`}`;
}
