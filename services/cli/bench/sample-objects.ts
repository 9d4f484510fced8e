/** Pods of the bench are for a scheduler that nobody runs: they stay where they are and cost no node anything. */
const NOBODY = 'taffrail-bench';

/** A ConfigMap of about 3 KB, which is what Kubernetes objects measure. */
export function configMapBody(name: string): string {
  const data = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`key-${at}`, 'v'.repeat(256)]));
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { app: 'bench', part: String(Number(name.replaceAll(/\D/g, '')) % 10) } },
    data,
  });
}

/** A pod as a Deployment of an ordinary service makes them, about 3 KB as it is sent. */
export function podBody(name: string): string {
  const env = Array.from({ length: 12 }, (_, at) => ({
    name: `SETTING_${at}`,
    value: `value-${at}-${'x'.repeat(40)}`,
  }));
  const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10, timeoutSeconds: 2 };
  const container = {
    name: 'main',
    image: 'registry.example/team/service:1.2.3',
    args: ['--listen=:8080', '--log-level=info'],
    env,
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: probe,
    livenessProbe: probe,
    volumeMounts: [
      { name: 'config', mountPath: '/etc/service' },
      { name: 'scratch', mountPath: '/tmp' },
    ],
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: {
        app: 'bench',
        part: String(Number(name.replaceAll(/\D/g, '')) % 10),
        'pod-template-hash': '5467cf875f',
      },
      annotations: { 'example.com/checksum': 'c'.repeat(64), 'example.com/note': 'n'.repeat(200) },
    },
    spec: {
      schedulerName: NOBODY,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 30,
      containers: [container, { ...container, name: 'sidecar', ports: [] }],
      volumes: [
        { name: 'config', configMap: { name: 'config', optional: true } },
        { name: 'scratch', emptyDir: {} },
      ],
    },
  });
}

/** A status as a node reports it; `turn` makes each one a change. */
export function podStatusPatch(turn: number): string {
  const time = new Date(Date.UTC(2020, 0, 1) + turn * 1000).toISOString().replace('.000', '');
  return JSON.stringify({
    status: {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Bench', lastTransitionTime: time, message: `${turn}` },
      ],
    },
  });
}

/** A change of an annotation. */
export function annotationPatch(value: string): string {
  return JSON.stringify({ metadata: { annotations: { 'example.com/turn': value } } });
}
