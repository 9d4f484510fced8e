"""What Debian's Kubernetes client for Python is asked to do: list, watch, create, patch, delete, and an election of two contenders.

usage: python-client.py KUBECONFIG; prints one line for each thing that happened.
"""

import sys
import threading
import time

from kubernetes import client, config, watch
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock

NAMESPACE = "default"


def say(line):
    print(line, flush=True)


def objects(core):
    start = core.list_namespaced_config_map(NAMESPACE).metadata.resource_version
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="from-python"), data={"a": "1"})
    core.create_namespaced_config_map(NAMESPACE, body)
    core.patch_namespaced_config_map("from-python", NAMESPACE, {"data": {"a": "2"}})
    core.delete_namespaced_config_map("from-python", NAMESPACE)
    stream = watch.Watch().stream(
        core.list_namespaced_config_map,
        NAMESPACE,
        resource_version=start,
        field_selector="metadata.name=from-python",
        timeout_seconds=20,
    )
    for event in stream:
        say("%s %s" % (event["type"], event["object"].data["a"]))
        if event["type"] == "DELETED":
            break
    try:
        core.read_namespaced_config_map("from-python", NAMESPACE)
    except client.ApiException as refusal:
        say("read after deletion %d" % refusal.status)


def contend(identity, lead):
    lock = ConfigMapLock("python-leader", NAMESPACE, identity)
    settings = electionconfig.Config(
        lock,
        lease_duration=4,
        renew_deadline=3,
        retry_period=1,
        onstarted_leading=lead,
        onstopped_leading=lambda: say("%s no longer leads" % identity),
    )
    leaderelection.LeaderElection(settings).run()


def election(core):
    died = threading.Event()
    took_over = threading.Event()

    def first():
        say("first leads")
        died.wait()

    def second():
        say("second leads")
        took_over.set()

    def alive():
        # A lock that refuses to be renewed is what a contender that hangs looks like to the others.
        contend("first", first)

    threading.Thread(target=alive, daemon=True).start()
    deadline = time.time() + 20
    while time.time() < deadline:
        try:
            core.read_namespaced_config_map("python-leader", NAMESPACE)
            break
        except client.ApiException:
            time.sleep(0.2)
    threading.Thread(target=lambda: contend("second", second), daemon=True).start()
    time.sleep(6)
    say("second waits" if not took_over.is_set() else "second leads beside the first")
    # The first dies: nothing renews its record any more.
    ConfigMapLock.update = only_of("second", ConfigMapLock.update)
    say("took over" if took_over.wait(30) else "nobody took over")


def only_of(identity, update):
    def renewed(lock, name, namespace, record):
        if lock.identity != identity:
            time.sleep(3600)
        return update(lock, name, namespace, record)

    return renewed


def main():
    config.load_kube_config(sys.argv[1])
    core = client.CoreV1Api()
    say("namespaces %s" % ("default" in [one.metadata.name for one in core.list_namespace().items]))
    objects(core)
    election(core)


main()
