import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryServer, type MemoryServer } from '../../services/api/testing/memory-server.ts';
import { findKubectl } from './kubectl-tool.ts';
import { type CommandResult, kubectlFor, type Kubectl, run } from './kubectl.ts';
import { type Transcript, transcriptOf } from './transcript.ts';

/* What the real kubectl shows of what is there: formats, selectors, watches, waits and what it knows of the server. */

let server: MemoryServer;
let directory: string;
let kubectl: Kubectl;
let transcript: Transcript;

describe.skipIf(!findKubectl().isKnown)('kubectl', () => {
  beforeAll(async () => {
    server = await memoryServer();
    directory = await mkdtemp(join(tmpdir(), 'taffrail-output-'));
    kubectl = kubectlFor(server.kubeconfigFile, join(directory, 'cache'));
    transcript = transcriptOf(kubectl, directory);
    await writeFile(join(directory, 'ready.json'), '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}');
    await transcript(
      'create configmap one --from-literal=value=1',
      'create configmap two --from-literal=value=2',
      'label configmap one tier=front',
      'run web --image=registry.example/app:v1 --labels=app=web --port=80',
      'create deployment app --image=registry.example/app:v1 --replicas=2',
    );
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  test('get in every format', async () => {
    expect(
      await transcript(
        'get configmap one -o yaml',
        'get configmap one -o json --show-managed-fields',
        'get configmaps -o name',
        'get configmaps -o wide',
        'get configmaps --show-labels',
        'get configmaps -L tier --no-headers',
        'get configmaps -o jsonpath={.items[*].metadata.name}',
        'get configmaps -o custom-columns=NAME:.metadata.name,VALUE:.data.value',
        `get configmaps -o go-template='{{range .items}}{{.metadata.name}}={{.data.value}} {{end}}'`,
        'get configmaps --sort-by=.data.value -o name',
        'get configmaps --chunk-size=1 -o name',
        'get configmaps -l tier=front -o name',
        'get configmaps -l tier!=front,tier -o name',
        'get configmaps --field-selector=metadata.name=two -o name',
        'get pods --field-selector=status.phase=Pending,spec.nodeName= -o name',
        'get pods --field-selector=spec.nothing=1',
        'get configmaps -l a==b==c',
        'get pods,deployments -o wide',
        'get all -A -o name',
        'get deployment app --subresource=status -o jsonpath={.status}',
        'get --raw /api/v1/namespaces/default/configmaps/one?pretty=false',
        'get --raw /nothing',
        'get nothing',
        'get configmap nothing',
      ),
    ).toMatchInlineSnapshot(`
      "$ get configmap one -o yaml
      apiVersion: v1
      data:
        value: "1"
      kind: ConfigMap
      metadata:
        creationTimestamp: "<time>"
        labels:
          tier: front
        name: one
        namespace: default
        resourceVersion: "<revision>"
        uid: <uid>
      $ get configmap one -o json --show-managed-fields
      {
          "apiVersion": "v1",
          "data": {
              "value": "1"
          },
          "kind": "ConfigMap",
          "metadata": {
              "creationTimestamp": "<time>",
              "labels": {
                  "tier": "front"
              },
              "managedFields": [
                  {
                      "apiVersion": "v1",
                      "fieldsType": "FieldsV1",
                      "fieldsV1": {
                          "f:data": {
                              ".": {},
                              "f:value": {}
                          }
                      },
                      "manager": "kubectl-create",
                      "operation": "Update",
                      "time": "<time>"
                  },
                  {
                      "apiVersion": "v1",
                      "fieldsType": "FieldsV1",
                      "fieldsV1": {
                          "f:metadata": {
                              "f:labels": {
                                  ".": {},
                                  "f:tier": {}
                              }
                          }
                      },
                      "manager": "kubectl-label",
                      "operation": "Update",
                      "time": "<time>"
                  }
              ],
              "name": "one",
              "namespace": "default",
              "resourceVersion": "<revision>",
              "uid": "<uid>"
          }
      }
      $ get configmaps -o name
      configmap/one
      configmap/two
      $ get configmaps -o wide
      NAME  DATA  AGE
      one  1  <age>
      two  1  <age>
      $ get configmaps --show-labels
      NAME  DATA  AGE  LABELS
      one  1  <age>  tier=front
      two  1  <age>  <none>
      $ get configmaps -L tier --no-headers
      one  1  <age>  front
      two  1  <age>
      $ get configmaps -o jsonpath={.items[*].metadata.name}
      one two
      $ get configmaps -o custom-columns=NAME:.metadata.name,VALUE:.data.value
      NAME  VALUE
      one  1
      two  2
      $ get configmaps -o go-template='{{range .items}}{{.metadata.name}}={{.data.value}} {{end}}'
      one=1 two=2
      $ get configmaps --sort-by=.data.value -o name
      configmap/one
      configmap/two
      $ get configmaps --chunk-size=1 -o name
      configmap/one
      configmap/two
      $ get configmaps -l tier=front -o name
      configmap/one
      $ get configmaps -l tier!=front,tier -o name
      $ get configmaps --field-selector=metadata.name=two -o name
      configmap/two
      $ get pods --field-selector=status.phase=Pending,spec.nodeName= -o name
      pod/web
      $ get pods --field-selector=spec.nothing=1
      Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "spec.nothing=1": field label not supported: spec.nothing
      exit 1
      $ get configmaps -l a==b==c
      Error from server (BadRequest): Unable to find "/v1, Resource=configmaps" that match label selector "a==b==c", field selector "": found '==', expected: ',' or 'end of string'
      exit 1
      $ get pods,deployments -o wide
      NAME  READY  STATUS  RESTARTS  AGE  IP  NODE  NOMINATED NODE  READINESS GATES
      pod/web  0/1  Pending  0  <age>  <none>  <none>  <none>  <none>

      NAME  READY  UP-TO-DATE  AVAILABLE  AGE  CONTAINERS  IMAGES  SELECTOR
      deployment.apps/app  0/2  0  0  <age>  app  registry.example/app:v1  app=app
      $ get all -A -o name
      pod/web
      service/kubernetes
      deployment.apps/app
      $ get deployment app --subresource=status -o jsonpath={.status}
      {}
      $ get --raw /api/v1/namespaces/default/configmaps/one?pretty=false
      {"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"<revision>","name":"one","namespace":"default","uid":"<uid>","creationTimestamp":"<time>","labels":{"tier":"front"},"managedFields":[{"manager":"kubectl-create","operation":"Update","apiVersion":"v1","time":"<time>","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:value":{}}}},{"manager":"kubectl-label","operation":"Update","apiVersion":"v1","time":"<time>","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:labels":{".":{},"f:tier":{}}}}}]},"data":{"value":"1"}}
      $ get --raw /nothing
      Error from server (NotFound): the server could not find the requested resource
      exit 1
      $ get nothing
      error: the server doesn't have a resource type "nothing"
      exit 1
      $ get configmap nothing
      Error from server (NotFound): configmaps "nothing" not found
      exit 1"
    `);
  });

  test('describe, wait, events and delete', async () => {
    expect(
      await transcript(
        'describe pod web',
        'wait --for=create configmap/one --timeout=5s',
        'wait --for=delete configmap/nothing --timeout=5s',
        'wait --for=jsonpath={.status.phase}=Pending pod/web --timeout=5s',
        'wait --for=condition=Ready pod/web --timeout=1s',
        'patch pod web --subresource=status --type=merge --patch-file=$DIR/ready.json',
        'wait --for=condition=Ready pod/web --timeout=5s',
        'events',
        'get events',
        'top pod',
        'delete pod web --grace-period=0 --force',
        'delete pod web --ignore-not-found',
        'delete deployment app --cascade=orphan --wait=false',
        'delete configmap one --dry-run=server',
        'delete configmaps -l tier=front',
        'delete configmap one',
        'delete configmaps --field-selector=metadata.name=two',
      ),
    ).toMatchInlineSnapshot(`
      "$ describe pod web
      Name:  web
      Namespace:  default
      Priority:  0
      Service Account:  default
      Node:  <none>
      Labels:  app=web
      Annotations:  <none>
      Status:  Pending
      IP:
      IPs:  <none>
      Containers:
        web:
          Image:  registry.example/app:v1
          Port:  80/TCP
          Host Port:  0/TCP
          Environment:  <none>
          Mounts:
            /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-<suffix> (ro)
      Volumes:
        kube-api-access-<suffix>:
          Type:  Projected (a volume that contains injected data from multiple sources)
          TokenExpirationSeconds:  3607
          ConfigMapName:  kube-root-ca.crt
          ConfigMapOptional:  <nil>
          DownwardAPI:  true
      QoS Class:  BestEffort
      Node-Selectors:  <none>
      Tolerations:  node.kubernetes.io/not-ready:NoExecute op=Exists for <age>
                                   node.kubernetes.io/unreachable:NoExecute op=Exists for <age>
      Events:  <none>
      $ wait --for=create configmap/one --timeout=5s
      configmap/one condition met
      $ wait --for=delete configmap/nothing --timeout=5s
      $ wait --for=jsonpath={.status.phase}=Pending pod/web --timeout=5s
      pod/web condition met
      $ wait --for=condition=Ready pod/web --timeout=1s
      error: timed out waiting for the condition on pods/web
      exit 1
      $ patch pod web --subresource=status --type=merge --patch-file=$DIR/ready.json
      pod/web patched
      $ wait --for=condition=Ready pod/web --timeout=5s
      pod/web condition met
      $ events
      No events found in default namespace.
      $ get events
      No resources found in default namespace.
      $ top pod
      error: Metrics API not available
      exit 1
      $ delete pod web --grace-period=0 --force
      pod "web" force deleted
      Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.
      $ delete pod web --ignore-not-found
      $ delete deployment app --cascade=orphan --wait=false
      deployment.apps "app" deleted
      $ delete configmap one --dry-run=server
      configmap "one" deleted (server dry run)
      $ delete configmaps -l tier=front
      configmap "one" deleted
      $ delete configmap one
      Error from server (NotFound): configmaps "one" not found
      exit 1
      $ delete configmaps --field-selector=metadata.name=two
      configmap "two" deleted"
    `);
  });

  test('what the server is and serves', async () => {
    expect(
      await transcript(
        'cluster-info',
        'api-resources --api-group=apps -o wide',
        'api-resources --namespaced=false --verbs=list -o name',
        'api-versions',
        'get --raw /healthz',
      ),
    ).toMatchInlineSnapshot(`
      "$ cluster-info
      Kubernetes control plane is running at https://<server>

      To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.
      $ api-resources --api-group=apps -o wide
      NAME  SHORTNAMES  APIVERSION  NAMESPACED  KIND  VERBS  CATEGORIES
      controllerrevisions  apps/v1  true  ControllerRevision  create,delete,deletecollection,get,list,patch,update,watch
      daemonsets  ds  apps/v1  true  DaemonSet  create,delete,deletecollection,get,list,patch,update,watch  all
      deployments  deploy  apps/v1  true  Deployment  create,delete,deletecollection,get,list,patch,update,watch  all
      replicasets  rs  apps/v1  true  ReplicaSet  create,delete,deletecollection,get,list,patch,update,watch  all
      statefulsets  sts  apps/v1  true  StatefulSet  create,delete,deletecollection,get,list,patch,update,watch  all
      $ api-resources --namespaced=false --verbs=list -o name
      componentstatuses
      namespaces
      nodes
      persistentvolumes
      mutatingadmissionpolicies.admissionregistration.k8s.io
      mutatingadmissionpolicybindings.admissionregistration.k8s.io
      mutatingwebhookconfigurations.admissionregistration.k8s.io
      validatingadmissionpolicies.admissionregistration.k8s.io
      validatingadmissionpolicybindings.admissionregistration.k8s.io
      validatingwebhookconfigurations.admissionregistration.k8s.io
      customresourcedefinitions.apiextensions.k8s.io
      apiservices.apiregistration.k8s.io
      certificatesigningrequests.certificates.k8s.io
      clustertrustbundles.certificates.k8s.io
      flowschemas.flowcontrol.apiserver.k8s.io
      prioritylevelconfigurations.flowcontrol.apiserver.k8s.io
      ingressclasses.networking.k8s.io
      ipaddresses.networking.k8s.io
      servicecidrs.networking.k8s.io
      runtimeclasses.node.k8s.io
      clusterrolebindings.rbac.authorization.k8s.io
      clusterroles.rbac.authorization.k8s.io
      deviceclasses.resource.k8s.io
      devicetaintrules.resource.k8s.io
      resourceslices.resource.k8s.io
      priorityclasses.scheduling.k8s.io
      csidrivers.storage.k8s.io
      csinodes.storage.k8s.io
      storageclasses.storage.k8s.io
      volumeattachments.storage.k8s.io
      volumeattributesclasses.storage.k8s.io
      storageversionmigrations.storagemigration.k8s.io
      $ api-versions
      admissionregistration.k8s.io/v1
      admissionregistration.k8s.io/v1beta1
      apiextensions.k8s.io/v1
      apiregistration.k8s.io/v1
      apps/v1
      authentication.k8s.io/v1
      authorization.k8s.io/v1
      autoscaling/v1
      autoscaling/v2
      batch/v1
      certificates.k8s.io/v1
      certificates.k8s.io/v1beta1
      coordination.k8s.io/v1
      coordination.k8s.io/v1beta1
      discovery.k8s.io/v1
      events.k8s.io/v1
      flowcontrol.apiserver.k8s.io/v1
      networking.k8s.io/v1
      networking.k8s.io/v1beta1
      node.k8s.io/v1
      policy/v1
      rbac.authorization.k8s.io/v1
      resource.k8s.io/v1
      resource.k8s.io/v1beta1
      resource.k8s.io/v1beta2
      scheduling.k8s.io/v1
      storage.k8s.io/v1
      storage.k8s.io/v1beta1
      storagemigration.k8s.io/v1beta1
      v1
      $ get --raw /healthz
      ok"
    `);
    expect(await kubectl('version')).toMatch(/^Server Version: v1\.\d+\./m);
    // What completion asks for; it takes no flag before its own name.
    const complete = (...words: readonly string[]): Promise<CommandResult> =>
      run('kubectl', ['__complete', ...words], { environment: { KUBECONFIG: server.kubeconfigFile, HOME: directory } });
    expect((await complete('get', 'configm')).stdout).toContain('configmaps');
    expect((await complete('get', 'namespaces', 'kube-')).stdout).toContain('kube-system');
  });

  test('watches show what was there and what comes', async () => {
    const watched = kubectl.attempt(
      ['get', 'configmaps', '--watch', '--output-watch-events', '-o', 'custom-columns=T:.type,N:.object.metadata.name'],
      { timeoutMs: 6_000 },
    );
    const only = kubectl.attempt(['get', 'configmaps', '--watch-only', '-o', 'name'], { timeoutMs: 6_000 });
    await kubectl('create', 'configmap', 'before');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await kubectl('create', 'configmap', 'later');
    await kubectl('delete', 'configmap', 'later');
    expect((await watched).stdout).toMatch(/ADDED +before\nADDED +later\nDELETED +later\n$/);
    expect((await only).stdout).toMatch(/configmap\/later\nconfigmap\/later\n$/);
  });
});
