import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryServer, type MemoryServer } from '../../services/api/testing/memory-server.ts';
import { findKubectl } from './kubectl-tool.ts';
import { kubectlFor, run } from './kubectl.ts';
import { type Transcript, transcriptOf } from './transcript.ts';

/* What the real kubectl makes by itself and what it changes, without a node or a controller behind the server. */

let server: MemoryServer;
let directory: string;
let transcript: Transcript;

const file = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text);

describe.skipIf(!findKubectl().isKnown)('kubectl', () => {
  beforeAll(async () => {
    server = await memoryServer();
    directory = await mkdtemp(join(tmpdir(), 'taffrail-generators-'));
    transcript = transcriptOf(kubectlFor(server.kubeconfigFile, join(directory, 'cache')), directory);
    const certificate = await run(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'tls.key', '-out', 'tls.crt', '-subj', '/CN=x'],
      { cwd: directory },
    );
    expect(certificate.code, certificate.stderr).toBe(0);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  test('create, with every generator', async () => {
    expect(
      await transcript(
        'create clusterrole reader --verb=get,list --resource=pods',
        'create clusterrolebinding readers --clusterrole=reader --user=someone',
        'create configmap settings --from-literal=a=two',
        'create cronjob nightly --image=registry.example/app --schedule="0 3 * * *" -- date',
        'create deployment web --image=registry.example/app:v1 --replicas=2 --port=80',
        'create ingress web --rule=web.example.com/path=web:80,tls=cert --class=edge',
        'create job once --image=registry.example/app -- date',
        'create job tonight --from=cronjob/nightly',
        'create namespace team',
        'create poddisruptionbudget web --selector=app=web --min-available=1',
        'create priorityclass high --value=1000 --description=more',
        'create quota small --hard=pods=10,secrets=20 -n team',
        'create role reader --verb=get --resource=pods --resource-name=one',
        'create rolebinding readers --role=reader --serviceaccount=default:robot',
        'create secret generic plain --from-literal=k=v',
        'create secret docker-registry pull --docker-username=u --docker-password=p --docker-email=e@example.com',
        'create secret tls cert --cert=$DIR/tls.crt --key=$DIR/tls.key',
        'create service clusterip inner --tcp=80:8080',
        'create service nodeport outer --tcp=80:8080',
        'create service loadbalancer balanced --tcp=80:8080',
        'create service externalname other --external-name=example.com',
        'create serviceaccount robot',
        'run one --image=registry.example/app --labels=app=one --port=80',
        'create configmap settings',
        'create configmap dry --dry-run=server -o name',
        'create namespace Team',
      ),
    ).toMatchInlineSnapshot(`
      "$ create clusterrole reader --verb=get,list --resource=pods
      clusterrole.rbac.authorization.k8s.io/reader created
      $ create clusterrolebinding readers --clusterrole=reader --user=someone
      clusterrolebinding.rbac.authorization.k8s.io/readers created
      $ create configmap settings --from-literal=a=two
      configmap/settings created
      $ create cronjob nightly --image=registry.example/app --schedule="0 3 * * *" -- date
      cronjob.batch/nightly created
      $ create deployment web --image=registry.example/app:v1 --replicas=2 --port=80
      deployment.apps/web created
      $ create ingress web --rule=web.example.com/path=web:80,tls=cert --class=edge
      ingress.networking.k8s.io/web created
      $ create job once --image=registry.example/app -- date
      job.batch/once created
      $ create job tonight --from=cronjob/nightly
      job.batch/tonight created
      $ create namespace team
      namespace/team created
      $ create poddisruptionbudget web --selector=app=web --min-available=1
      poddisruptionbudget.policy/web created
      $ create priorityclass high --value=1000 --description=more
      priorityclass.scheduling.k8s.io/high created
      $ create quota small --hard=pods=10,secrets=20 -n team
      resourcequota/small created
      $ create role reader --verb=get --resource=pods --resource-name=one
      role.rbac.authorization.k8s.io/reader created
      $ create rolebinding readers --role=reader --serviceaccount=default:robot
      rolebinding.rbac.authorization.k8s.io/readers created
      $ create secret generic plain --from-literal=k=v
      secret/plain created
      $ create secret docker-registry pull --docker-username=u --docker-password=p --docker-email=e@example.com
      secret/pull created
      $ create secret tls cert --cert=$DIR/tls.crt --key=$DIR/tls.key
      secret/cert created
      $ create service clusterip inner --tcp=80:8080
      service/inner created
      $ create service nodeport outer --tcp=80:8080
      service/outer created
      $ create service loadbalancer balanced --tcp=80:8080
      service/balanced created
      $ create service externalname other --external-name=example.com
      service/other created
      $ create serviceaccount robot
      serviceaccount/robot created
      $ run one --image=registry.example/app --labels=app=one --port=80
      pod/one created
      $ create configmap settings
      error: failed to create configmap: configmaps "settings" already exists
      exit 1
      $ create configmap dry --dry-run=server -o name
      configmap/dry
      $ create namespace Team
      The Namespace "Team" is invalid: metadata.name: Invalid value: "Team": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
      exit 1"
    `);
  });

  test('expose, autoscale, scale and set', async () => {
    expect(
      await transcript(
        'expose deployment web --port=80 --name=exposed',
        'expose pod one --port=80 --type=NodePort',
        'autoscale deployment web --min=1 --max=5 --cpu-percent=50',
        'scale deployment web --replicas=3',
        'scale deployment web --replicas=4 --current-replicas=2',
        'get deployment web --subresource=scale',
        `patch deployment web --subresource=scale --type=merge -p '{"spec":{"replicas":2}}'`,
        `patch deployment web --subresource=status --type=merge -p '{"status":{"replicas":2}}'`,
        'set image deployment/web app=registry.example/app:v2',
        'set env deployment/web A=B',
        'set env deployment/web --from=configmap/settings --prefix=S_',
        'set env deployment/web --list',
        'set resources deployment/web --limits=cpu=200m,memory=64Mi',
        'set selector service inner a=b',
        'set serviceaccount deployment web robot',
        'set subject rolebinding readers --user=other',
        'set subject clusterrolebinding readers --group=all',
        'get deployment web -o jsonpath={.spec.template.spec.containers[0].image}{.metadata.generation}',
      ),
    ).toMatchInlineSnapshot(`
      "$ expose deployment web --port=80 --name=exposed
      service/exposed exposed
      $ expose pod one --port=80 --type=NodePort
      service/one exposed
      $ autoscale deployment web --min=1 --max=5 --cpu-percent=50
      horizontalpodautoscaler.autoscaling/web autoscaled
      $ scale deployment web --replicas=3
      deployment.apps/web scaled
      $ scale deployment web --replicas=4 --current-replicas=2
      error: Expected replicas to be 2, was 3
      exit 1
      $ get deployment web --subresource=scale
      NAME  DESIRED  AVAILABLE  AGE
      web  3  0  <age>
      $ patch deployment web --subresource=scale --type=merge -p '{"spec":{"replicas":2}}'
      scale.autoscaling/web patched
      $ patch deployment web --subresource=status --type=merge -p '{"status":{"replicas":2}}'
      deployment.apps/web patched
      $ set image deployment/web app=registry.example/app:v2
      deployment.apps/web image updated
      $ set env deployment/web A=B
      deployment.apps/web env updated
      $ set env deployment/web --from=configmap/settings --prefix=S_
      deployment.apps/web env updated
      Warning: key a transferred to A
      $ set env deployment/web --list
      # Deployment web, container app
      A=B
      # S_A from configmap settings, key a
      $ set resources deployment/web --limits=cpu=200m,memory=64Mi
      deployment.apps/web resource requirements updated
      $ set selector service inner a=b
      service/inner selector updated
      $ set serviceaccount deployment web robot
      deployment.apps/web serviceaccount updated
      $ set subject rolebinding readers --user=other
      rolebinding.rbac.authorization.k8s.io/readers subjects updated
      $ set subject clusterrolebinding readers --group=all
      clusterrolebinding.rbac.authorization.k8s.io/readers subjects updated
      $ get deployment web -o jsonpath={.spec.template.spec.containers[0].image}{.metadata.generation}
      registry.example/app:v28"
    `);
  });

  test('label, annotate, patch, edit and replace', async () => {
    await file('settings.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: replaced}\n');
    expect(
      await transcript(
        'label configmap settings tier=front',
        'label configmap settings tier=back',
        'label configmap settings tier=back --overwrite',
        'label configmap settings --list',
        'label configmaps --all all=yes',
        'label configmap settings tier-',
        'label configmap settings bad_/key=x',
        'annotate configmap settings note=yes',
        'annotate configmap settings note-',
        `patch configmap settings -p '{"data":{"b":"two"}}'`,
        `patch configmap settings --type=merge -p '{"data":{"b":null,"c":"two"}}'`,
        `patch configmap settings --type=json -p '[{"op":"test","path":"/data/c","value":"one"}]'`,
        `patch configmap settings --type=json -p '[{"op":"remove","path":"/data/nothing"}]'`,
        `patch configmap settings --type=json -p '[{"op":"replace","path":"/data/c","value":"2"}]'`,
        `patch pod one -p '{"spec":{"containers":[{"name":"one","image":"registry.example/app:v2"}]}}'`,
        `patch pod one -p '{"spec":{"nodeName":"elsewhere","hostNetwork":true}}'`,
        'edit configmap settings',
        'get configmap settings -o jsonpath={.data}',
        'replace -f $DIR/settings.yaml',
        'replace --force -f $DIR/settings.yaml',
        'get configmap settings -o jsonpath={.data}',
      ),
    ).toMatchInlineSnapshot(`
      "$ label configmap settings tier=front
      configmap/settings labeled
      $ label configmap settings tier=back
      error: 'tier' already has a value (front), and --overwrite is false
      exit 1
      $ label configmap settings tier=back --overwrite
      configmap/settings labeled
      $ label configmap settings --list
      tier=back
      $ label configmaps --all all=yes
      configmap/settings labeled
      $ label configmap settings tier-
      configmap/settings unlabeled
      $ label configmap settings bad_/key=x
      The ConfigMap "settings" is invalid: metadata.labels: Invalid value: "bad_/key": prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
      exit 1
      $ annotate configmap settings note=yes
      configmap/settings annotated
      $ annotate configmap settings note-
      configmap/settings annotated
      $ patch configmap settings -p '{"data":{"b":"two"}}'
      configmap/settings patched
      $ patch configmap settings --type=merge -p '{"data":{"b":null,"c":"two"}}'
      configmap/settings patched
      $ patch configmap settings --type=json -p '[{"op":"test","path":"/data/c","value":"one"}]'
      The request is invalid: : testing value /data/c failed: test failed
      exit 1
      $ patch configmap settings --type=json -p '[{"op":"remove","path":"/data/nothing"}]'
      The request is invalid: : error in remove for path: '/data/nothing': Unable to remove nonexistent key: nothing: missing value
      exit 1
      $ patch configmap settings --type=json -p '[{"op":"replace","path":"/data/c","value":"2"}]'
      configmap/settings patched
      $ patch pod one -p '{"spec":{"containers":[{"name":"one","image":"registry.example/app:v2"}]}}'
      pod/one patched
      $ patch pod one -p '{"spec":{"nodeName":"elsewhere","hostNetwork":true}}'
      The Pod "one" is invalid: spec: Forbidden: pod updates may not change fields other than \`spec.containers[*].image\`,\`spec.initContainers[*].image\`,\`spec.activeDeadlineSeconds\`,\`spec.tolerations\` (only additions to existing tolerations),\`spec.terminationGracePeriodSeconds\` (allow it to be set to 1 if it was previously negative)
        spec.containers[0].ports[0].hostPort: nil -> 80
        spec.hostNetwork: nil -> true
        spec.nodeName: nil -> "elsewhere"
      exit 1
      $ edit configmap settings
      configmap/settings edited
      $ get configmap settings -o jsonpath={.data}
      {"a":"three","c":"2"}
      $ replace -f $DIR/settings.yaml
      configmap/settings replaced
      $ replace --force -f $DIR/settings.yaml
      configmap "settings" deleted
      configmap/settings replaced
      $ get configmap settings -o jsonpath={.data}
      {"a":"replaced"}"
    `);
  });

  test('apply on the client and on the server, with pruning, conflicts and a difference', async () => {
    const configMap = (name: string, value: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {set: pruned}}\ndata: {value: ${value}}\n`;
    await file('both.yaml', `${configMap('first', 'two')}---\n${configMap('second', 'two')}`);
    await file('one.yaml', configMap('first', 'other'));
    await file('kustomization.yaml', 'namePrefix: k-\nresources: [one.yaml]\n');
    await file('unknown.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\ndatum: {a: b}\n');
    await file('absent.yaml', 'apiVersion: example.com/v1\nkind: Nothing\nmetadata: {name: odd}\n');
    expect(
      await transcript(
        'apply -f $DIR/both.yaml',
        'apply -f $DIR/both.yaml',
        'diff -f $DIR/one.yaml',
        'apply -f $DIR/one.yaml --dry-run=client',
        'apply -f $DIR/one.yaml --dry-run=server',
        'apply -f $DIR/one.yaml --prune -l set=pruned --prune-allowlist=core/v1/ConfigMap',
        'apply view-last-applied configmap first -o json',
        'apply --server-side --field-manager=m1 -f $DIR/both.yaml',
        'apply --server-side --field-manager=m1 --force-conflicts -f $DIR/both.yaml',
        'apply --server-side --field-manager=m2 -f $DIR/one.yaml',
        'apply --server-side --field-manager=m2 -f $DIR/one.yaml --force-conflicts --dry-run=server',
        'apply --server-side --field-manager=m2 -f $DIR/one.yaml --force-conflicts',
        'diff --server-side --field-manager=m2 -f $DIR/one.yaml',
        'apply -k $DIR',
        'apply -f $DIR/unknown.yaml',
        'apply -f $DIR/unknown.yaml --validate=warn',
        'apply -f $DIR/absent.yaml',
        'kustomize $DIR',
      ),
    ).toMatchInlineSnapshot(`
      "$ apply -f $DIR/both.yaml
      configmap/first created
      configmap/second created
      $ apply -f $DIR/both.yaml
      configmap/first unchanged
      configmap/second unchanged
      $ diff -f $DIR/one.yaml
      diff -u -N LIVE/v1.ConfigMap.default.first MERGED/v1.ConfigMap.default.first
      --- LIVE/v1.ConfigMap.default.first	<time>
      +++ MERGED/v1.ConfigMap.default.first	<time>
      @@ -1,6 +1,6 @@
       apiVersion: v1
       data:
      -  value: two
      +  value: other
       kind: ConfigMap
       metadata:
         annotations:
      exit 1
      $ apply -f $DIR/one.yaml --dry-run=client
      configmap/first configured (dry run)
      $ apply -f $DIR/one.yaml --dry-run=server
      configmap/first configured (server dry run)
      $ apply -f $DIR/one.yaml --prune -l set=pruned --prune-allowlist=core/v1/ConfigMap
      configmap/first configured
      configmap/second pruned
      $ apply view-last-applied configmap first -o json
      {
        "apiVersion": "v1",
        "data": {
          "value": "other"
        },
        "kind": "ConfigMap",
        "metadata": {
          "annotations": {},
          "labels": {
            "set": "pruned"
          },
          "name": "first",
          "namespace": "default"
        }
      }
      $ apply --server-side --field-manager=m1 -f $DIR/both.yaml
      configmap/second serverside-applied
      error: Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.value
      Please review the fields above--they currently have other managers. Here
      are the ways you can resolve this warning:
      * If you intend to manage all of these fields, please re-run the apply
        command with the \`--force-conflicts\` flag.
      * If you do not intend to manage all of the fields, please edit your
        manifest to remove references to the fields that should keep their
        current managers.
      * You may co-own fields by updating your manifest to match the existing
        value; in this case, you'll become the manager if the other manager(s)
        stop managing the field (remove it from their configuration).
      See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
      exit 1
      $ apply --server-side --field-manager=m1 --force-conflicts -f $DIR/both.yaml
      configmap/first serverside-applied
      configmap/second serverside-applied
      $ apply --server-side --field-manager=m2 -f $DIR/one.yaml
      error: Apply failed with 1 conflict: conflict with "m1": .data.value
      Please review the fields above--they currently have other managers. Here
      are the ways you can resolve this warning:
      * If you intend to manage all of these fields, please re-run the apply
        command with the \`--force-conflicts\` flag.
      * If you do not intend to manage all of the fields, please edit your
        manifest to remove references to the fields that should keep their
        current managers.
      * You may co-own fields by updating your manifest to match the existing
        value; in this case, you'll become the manager if the other manager(s)
        stop managing the field (remove it from their configuration).
      See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
      exit 1
      $ apply --server-side --field-manager=m2 -f $DIR/one.yaml --force-conflicts --dry-run=server
      configmap/first serverside-applied (server dry run)
      $ apply --server-side --field-manager=m2 -f $DIR/one.yaml --force-conflicts
      configmap/first serverside-applied
      $ diff --server-side --field-manager=m2 -f $DIR/one.yaml
      $ apply -k $DIR
      configmap/k-first created
      $ apply -f $DIR/unknown.yaml
      Error from server (BadRequest): error when creating "$DIR/unknown.yaml": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "datum"
      exit 1
      $ apply -f $DIR/unknown.yaml --validate=warn
      configmap/odd created
      Warning: unknown field "datum"
      $ apply -f $DIR/absent.yaml
      error: resource mapping not found for name: "odd" namespace: "" from "$DIR/absent.yaml": no matches for kind "Nothing" in version "example.com/v1"
      ensure CRDs are installed first
      exit 1
      $ kustomize $DIR
      apiVersion: v1
      data:
        value: other
      kind: ConfigMap
      metadata:
        labels:
          set: pruned
        name: k-first"
    `);
  });

  test('auth', async () => {
    await file(
      'role.yaml',
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reader}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get, list, watch]}]\n',
    );
    expect(
      await transcript(
        'auth can-i create pods',
        'auth can-i get pods --subresource=log',
        'auth can-i * *',
        'auth can-i --list',
        'auth whoami',
        'auth whoami -o jsonpath={.status.userInfo.groups}',
        'auth reconcile -f $DIR/role.yaml',
        'auth reconcile -f $DIR/role.yaml',
      ),
    ).toMatchInlineSnapshot(`
      "$ auth can-i create pods
      yes
      $ auth can-i get pods --subresource=log
      yes
      $ auth can-i * *
      yes
      $ auth can-i --list
      Resources  Non-Resource URLs  Resource Names  Verbs
      *.*  []  []  [*]
                  [*]  []  [*]
      $ auth whoami
      ATTRIBUTE  VALUE
      Username  kubernetes-admin
      Groups  [system:masters system:authenticated]
      $ auth whoami -o jsonpath={.status.userInfo.groups}
      ["system:masters","system:authenticated"]
      $ auth reconcile -f $DIR/role.yaml
      clusterrole.rbac.authorization.k8s.io/reader reconciled
      	reconciliation required update
      	missing rules added:
      		{Verbs:[watch] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}
      $ auth reconcile -f $DIR/role.yaml
      clusterrole.rbac.authorization.k8s.io/reader reconciled"
    `);
  });
});
