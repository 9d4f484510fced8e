import { entry, parseKubeconfig, type KubeconfigMap } from './kubeconfig.ts';
import { readTextIfThere, writePrivateFile } from './private-file.ts';

/** One cluster, one user and the context that joins them; certificates and key as PEM. */
export interface KubeconfigEntry {
  /** Name of the cluster and the context. */
  readonly name: string;
  readonly user: string;
  readonly server: string;
  readonly certificateAuthority: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/**
 * Puts an entry into a kubeconfig, first and, if the file has no current context, as the current one. What else stands in
 * the file is kept. Writes only when something changes. The result has everything embedded, as block YAML for people or
 * as JSON (which is YAML too) for our own components.
 */
export async function writeKubeconfig(file: string, form: 'yaml' | 'json', wanted: KubeconfigEntry): Promise<void> {
  const alone = (): string => (form === 'json' ? kubeconfigJson(wanted) : kubeconfigText(wanted));
  const existing = await readTextIfThere(file);
  if (existing === undefined) {
    await writePrivateFile(file, alone());
    return;
  }
  const config = await parseKubeconfig(file);
  if (holds(config, wanted)) return;
  await writePrivateFile(file, hasOthers(config, wanted) ? await mergedText(existing, wanted) : alone());
}

function holds(config: KubeconfigMap, wanted: KubeconfigEntry): boolean {
  const cluster = entry(config, 'clusters', 'cluster', wanted.name);
  const user = entry(config, 'users', 'user', wanted.user);
  const context = entry(config, 'contexts', 'context', wanted.name);
  return (
    cluster?.['server'] === wanted.server &&
    cluster['certificate-authority-data'] === base64(wanted.certificateAuthority) &&
    user?.['client-certificate-data'] === base64(wanted.clientCertificate) &&
    user['client-key-data'] === base64(wanted.clientKey) &&
    context?.['cluster'] === wanted.name &&
    context['user'] === wanted.user
  );
}

function hasOthers(config: KubeconfigMap, wanted: KubeconfigEntry): boolean {
  const names = (list: string): readonly unknown[] =>
    Array.isArray(config[list]) ? config[list].map((item: KubeconfigMap) => item['name']) : [];
  return [...names('clusters'), ...names('contexts')].some((name) => name !== wanted.name);
}

/** A user put more into this file: edit it as a document, so that everything else stays as it is written. */
async function mergedText(existing: string, wanted: KubeconfigEntry): Promise<string> {
  const { parseDocument, parse, isSeq, isMap } = await import('yaml');
  const document = parseDocument(existing);
  const ours = parse(kubeconfigText(wanted)) as Record<string, { readonly name: string }[]>;
  for (const list of ['clusters', 'contexts', 'users']) {
    const [item] = ours[list] ?? [];
    if (item === undefined) continue;
    const items = document.get(list);
    if (!isSeq(items)) {
      document.set(list, [item]);
      continue;
    }
    items.items = items.items.filter((candidate) => !isMap(candidate) || candidate.get('name') !== item.name);
    items.items.unshift(document.createNode(item));
  }
  if (!document.has('current-context')) document.set('current-context', wanted.name);
  return document.toString({ lineWidth: 0 });
}

function kubeconfigText(wanted: KubeconfigEntry): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: ${wanted.name}
  cluster:
    server: ${wanted.server}
    certificate-authority-data: ${base64(wanted.certificateAuthority)}
contexts:
- name: ${wanted.name}
  context:
    cluster: ${wanted.name}
    user: ${wanted.user}
current-context: ${wanted.name}
preferences: {}
users:
- name: ${wanted.user}
  user:
    client-certificate-data: ${base64(wanted.clientCertificate)}
    client-key-data: ${base64(wanted.clientKey)}
`;
}

function kubeconfigJson(wanted: KubeconfigEntry): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: wanted.name,
        cluster: { server: wanted.server, 'certificate-authority-data': base64(wanted.certificateAuthority) },
      },
    ],
    contexts: [{ name: wanted.name, context: { cluster: wanted.name, user: wanted.user } }],
    'current-context': wanted.name,
    users: [
      {
        name: wanted.user,
        user: {
          'client-certificate-data': base64(wanted.clientCertificate),
          'client-key-data': base64(wanted.clientKey),
        },
      },
    ],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
