import path from 'node:path';

/** Files of a cluster's PKI under `<data-dir>/pki`, PEM each. */
export interface ClusterPki {
  readonly caCertificateFile: string;
  /** Needed to issue certificates; nothing else reads it. */
  readonly caKeyFile: string;
  readonly apiCertificateFile: string;
  readonly apiKeyFile: string;
  /** Client certificate the API server uses towards agents. */
  readonly apiClientCertificateFile: string;
  readonly apiClientKeyFile: string;
  /** Key pair (ES256, PEM) for service account tokens. */
  readonly serviceAccountKeyFile: string;
  readonly serviceAccountPublicKeyFile: string;
  /** `<data-dir>/kubeconfig`: user kubernetes-admin, group system:masters. */
  readonly adminKubeconfigFile: string;
  readonly controllersKubeconfigFile: string;
  readonly schedulerKubeconfigFile: string;
}

/** Files of one node. */
export interface NodePki {
  readonly kubeconfigFile: string;
  /** What the agent serves logs with; clients check it against the cluster's CA. */
  readonly servingCertificateFile: string;
  readonly servingKeyFile: string;
}

/** Where a data directory's PKI files are, whether they exist or not. */
export function clusterPkiFiles(dataDir: string): ClusterPki {
  const pki = (name: string): string => path.join(dataDir, 'pki', name);
  const kubeconfig = (name: string): string => path.join(dataDir, 'kubeconfigs', name);
  return {
    caCertificateFile: pki('ca.crt'),
    caKeyFile: pki('ca.key'),
    apiCertificateFile: pki('apiserver.crt'),
    apiKeyFile: pki('apiserver.key'),
    apiClientCertificateFile: pki('apiserver-kubelet-client.crt'),
    apiClientKeyFile: pki('apiserver-kubelet-client.key'),
    serviceAccountKeyFile: pki('sa.key'),
    serviceAccountPublicKeyFile: pki('sa.pub'),
    adminKubeconfigFile: path.join(dataDir, 'kubeconfig'),
    controllersKubeconfigFile: kubeconfig('controllers'),
    schedulerKubeconfigFile: kubeconfig('scheduler'),
  };
}

/** Where a node's files are, whether they exist or not. */
export function nodePkiFiles(dataDir: string, nodeName: string): NodePki {
  return {
    kubeconfigFile: path.join(dataDir, 'kubeconfigs', `node-${nodeName}`),
    servingCertificateFile: path.join(dataDir, 'pki', `kubelet-${nodeName}.crt`),
    servingKeyFile: path.join(dataDir, 'pki', `kubelet-${nodeName}.key`),
  };
}
