/** Files of a cluster's PKI under `<data-dir>/pki`, PEM each. */
export interface ClusterPki {
  readonly caCertificateFile: string;
  readonly apiCertificateFile: string;
  readonly apiKeyFile: string;
  /** Client certificate the API server uses towards agents. */
  readonly apiClientCertificateFile: string;
  readonly apiClientKeyFile: string;
  /** Key pair (ES256, PEM) for service account tokens. */
  readonly serviceAccountKeyFile: string;
}
