/** Why our documents differ from those of Kubernetes v1.36, and where. docs/COMPATIBILITY.md is made from this. */
export interface KnownDifference {
  readonly what: string;
  readonly why: string;
  /** Whether a place (`document-differences.ts`) differs for this reason. */
  covers(place: string): boolean;
}

function known(what: string, why: string, places: RegExp): KnownDifference {
  return { what, why, covers: (place) => places.test(place) };
}

/** The differences of discovery. */
export const DISCOVERY_DIFFERENCES: readonly KnownDifference[] = [
  known(
    'Alpha versions and `internal.apiserver.k8s.io` are left out',
    'they are off by default in Kubernetes, too',
    /alpha\d|^internal\.apiserver\.k8s\.io/,
  ),
];

/** The differences of OpenAPI v2; v3 says the same of each group and version. */
export const OPENAPI_DIFFERENCES: readonly KnownDifference[] = [
  known(
    'Alpha versions and `internal.apiserver.k8s.io` are left out',
    'they are off by default in Kubernetes, too',
    /alpha\d|^paths \/apis\/internal\.apiserver\.k8s\.io\//,
  ),
  known(
    '`DeleteOptions` and `WatchEvent` name the groups and versions that are served',
    'Kubernetes names versions there that it stopped serving long ago',
    /^definitions \S+\.(DeleteOptions|WatchEvent) x-kubernetes-group-version-kind /,
  ),
  known(
    '`produces` and `consumes` name neither protobuf nor CBOR',
    'answers are JSON or YAML; protobuf is understood in requests; CBOR is alpha',
    /^paths \S+ \w+ (produces|consumes)$/,
  ),
  known(
    'The parameter `shardSelector` is left out',
    'it belongs to an alpha feature',
    / parameters query shardSelector$/,
  ),
  known(
    'Fields with a closed set of values say which',
    'a running Kubernetes does so as well; the published document was made with that feature off',
    /^definitions \S+ properties \S+ ((items|additionalProperties) )?enum$/,
  ),
  known('`x-kubernetes-unions` is left out', 'no client reads it', /^definitions \S+ x-kubernetes-unions$/),
  known(
    '`/logs` and the issuer of service account tokens have no paths',
    'the API server shows no files of its machine; no tokens are issued yet',
    /^paths \/(logs|openid|\.well-known)\//,
  ),
];

/** Said of every type, field and parameter at once, and therefore not compared. */
export const UNCOMPARED =
  'Descriptions of types, fields and parameters are left out: they are prose of Kubernetes’ own.';
