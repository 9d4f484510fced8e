/** Bodies kubectl 1.32 sent, and what the same command prints as JSON. */
export interface RecordedBody {
  readonly command: string;
  /** Hexadecimal. */
  readonly body: string;
  readonly json: unknown;
}

export const recordedBodies: readonly RecordedBody[] = [
  {
    command: 'create deployment w --image=nginx:1.25 --replicas=0 --port=80',
    body: '6b3873000a150a07617070732f7631120a4465706c6f796d656e7412b5010a1b0a017712001a0022002a003200380042005a080a036170701201771287010800120a0a080a036170701201771a6f0a1a0a0012001a0022002a003200380042005a080a03617070120177125112330a056e67696e78120a6e67696e783a312e32352a00320a0a001000185022002a0042006a007200800100880100900100a201001a00320042004a0052005800600068008201008a01009a0100c2010022020a00280038001a0c0800100018002000280038001a002200',
    json: {
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: { name: 'w', creationTimestamp: null, labels: { app: 'w' } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'w' } },
        template: {
          metadata: { creationTimestamp: null, labels: { app: 'w' } },
          spec: { containers: [{ name: 'nginx', image: 'nginx:1.25', ports: [{ containerPort: 80 }], resources: {} }] },
        },
        strategy: {},
      },
      status: {},
    },
  },
  {
    command: 'create namespace n',
    body: '6b3873000a0f0a02763112094e616d65737061636512190a110a016e12001a0022002a0032003800420012001a020a001a002200',
    json: {
      kind: 'Namespace',
      apiVersion: 'v1',
      metadata: { name: 'n', creationTimestamp: null },
      spec: {},
      status: {},
    },
  },
  {
    command: 'create configmap c --from-literal=a=b --from-literal=x=',
    body: '6b3873000a0f0a0276311209436f6e6669674d617012220a110a016312001a0022002a0032003800420012060a016112016212050a017812001a002200',
    json: {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'c', creationTimestamp: null },
      data: { a: 'b', x: '' },
    },
  },
  {
    command: 'create secret generic s --from-literal=k=v',
    body: '6b3873000a0c0a0276311206536563726574121d0a110a017312001a0022002a0032003800420012060a016b1201761a001a002200',
    json: { kind: 'Secret', apiVersion: 'v1', metadata: { name: 's', creationTimestamp: null }, data: { k: 'dg==' } },
  },
  {
    command: 'create service clusterip svc --tcp=80:8080',
    body: '6b3873000a0d0a02763112075365727669636512690a1f0a0373766312001a0022002a003200380042005a0a0a03617070120373766312420a1b0a0738302d38303830120354435018502207080010903f1a002800120a0a0361707012037376631a002209436c757374657249503a00420052005a00600068001a020a001a002200',
    json: {
      kind: 'Service',
      apiVersion: 'v1',
      metadata: { name: 'svc', creationTimestamp: null, labels: { app: 'svc' } },
      spec: {
        ports: [{ name: '80-8080', protocol: 'TCP', port: 80, targetPort: 8080 }],
        selector: { app: 'svc' },
        type: 'ClusterIP',
      },
      status: { loadBalancer: {} },
    },
  },
  {
    command: 'create service nodeport np --tcp=80:http --node-port=30001',
    body: '6b3873000a0d0a027631120753657276696365126a0a1d0a026e7012001a0022002a003200380042005a090a0361707012026e7012450a200a0738302d6874747012035443501850220a080110001a046874747028b1ea0112090a0361707012026e701a0022084e6f6465506f72743a00420052005a00600068001a020a001a002200',
    json: {
      kind: 'Service',
      apiVersion: 'v1',
      metadata: { name: 'np', creationTimestamp: null, labels: { app: 'np' } },
      spec: {
        ports: [{ name: '80-http', protocol: 'TCP', port: 80, targetPort: 'http', nodePort: 30001 }],
        selector: { app: 'np' },
        type: 'NodePort',
      },
      status: { loadBalancer: {} },
    },
  },
  {
    command: 'create service externalname en --external-name a.b',
    body: '6b3873000a0d0a027631120753657276696365124f0a1d0a02656e12001a0022002a003200380042005a090a036170701202656e122a12090a036170701202656e1a00220c45787465726e616c4e616d653a0042005203612e625a00600068001a020a001a002200',
    json: {
      kind: 'Service',
      apiVersion: 'v1',
      metadata: { name: 'en', creationTimestamp: null, labels: { app: 'en' } },
      spec: { selector: { app: 'en' }, type: 'ExternalName', externalName: 'a.b' },
      status: { loadBalancer: {} },
    },
  },
  {
    command: 'create serviceaccount bot',
    body: '6b3873000a140a027631120e536572766963654163636f756e7412150a130a03626f7412001a0022002a003200380042001a002200',
    json: { kind: 'ServiceAccount', apiVersion: 'v1', metadata: { name: 'bot', creationTimestamp: null } },
  },
];
