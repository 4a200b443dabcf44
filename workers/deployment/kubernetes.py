"""Crews for Kubernetes: for each a Deployment, and what lets KEDA scale it."""

from collections.abc import Iterable

from workers.deployment.crews import Crew
from workers.deployment.keda import Sources, most_workers, scaled_object, trigger_authentication
from workers.deployment.pod import pod
from workers.deployment.short_name import short_name
from workers.deployment.stopping import Stopping, stopping
from workers.deployment.yaml_text import Value, yaml

HEAD = """\
# Written by `hookline-workers deploy kubernetes`. Write it again when consumers have changed. What
# is your own (the image's tag, the most replicas, resources) stands in a kustomization.yaml that
# names this file.
#
# What it refers to and does not hold, so that no secret is in it:
#   Secret hookline-broker-worker: amqp-url, the workers' HOOKLINE_AMQP_URL
#   Secret hookline-broker-monitoring: username and password of KEDA's own user at the broker's
#     management API, who has the tag `monitoring` and the permissions '^$' '^$' '^$'
#   ConfigMap hookline-worker, where there is one: further settings, such as HOOKLINE_DECLARE
#
# KEDA counts what waits on a queue and what is being handled, and asks for a worker for each so
# many as one handles at once: workers that are all busy stay as many as they are. One that is told
# to end takes on nothing more and finishes what it has. It gets the time that the annotation
# hookline/grace explains, and no second one is told to end within it (half an hour at most). A
# partition has one worker at a time: there are to be no more of them than partitions.
"""
NAME = "app.kubernetes.io/name"
INSTANCE = "app.kubernetes.io/instance"
KIND = {"app.kubernetes.io/part-of": "hookline", "app.kubernetes.io/component": "worker"}
"""By these labels the network policies and the monitors of deploy/kubernetes know workers."""


def kubernetes(
    app: str, crews: Iterable[Crew], *, image: str, drain_timeout: float, sources: Sources
) -> str:
    """Return a stream of YAML for `kubectl apply -f -`; the same input gives the same bytes."""
    text = HEAD
    for crew in crews:
        stop = stopping(crew.longest_timeout, drain_timeout)
        for one in _objects(app, crew, stop, image, sources):
            text += f"---\n{yaml(one)}"
    return text


def _objects(app: str, crew: Crew, stop: Stopping, image: str, sources: Sources) -> list[Value]:
    name = short_name(crew.name)
    most = _most(crew)
    selected = {NAME: "hookline-worker", INSTANCE: name}
    metadata: Value = {
        "name": name,
        "labels": {**selected, **KIND},
        "annotations": {"hookline/queues": crew.queues, "hookline/grace": stop.because, **most},
    }
    return [
        _deployment(metadata, selected, pod(app, crew, stop, image, selected)),
        scaled_object(metadata, name, crew, stop, sources),
        trigger_authentication(metadata),
    ]


def _most(crew: Crew) -> dict[str, str]:
    """Say why there are to be no more workers than so many, where their partitions bound them."""
    if crew.most_busy is None:
        return {}
    most = most_workers(crew)
    return {
        "hookline/workers": f"at most {most}, of {crew.most_busy} partitions that have one worker "
        "each: write this again after `topology partition`"
    }


def _deployment(metadata: Value, selected: dict[str, str], pod_spec: Value) -> Value:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            # No replicas: they are KEDA's, and each `kubectl apply` would set them back.
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "selector": {"matchLabels": selected},
            "template": {"metadata": {"labels": {**selected, **KIND}}, "spec": pod_spec},
        },
    }
