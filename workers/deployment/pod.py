"""The pod of a worker: its one container, its probes, and what it may not do."""

import math

from schemas.roles import Role
from workers.deployment.cluster import login_secret
from workers.deployment.crews import Crew
from workers.deployment.stopping import Stopping
from workers.deployment.worker_settings import ADMIN_PORT, worker_settings
from workers.deployment.yaml_text import Value

SECRET_FOLDER = "/etc/hookline/broker"  # noqa: S105 - where it lies
URL_KEY = "amqp-url"
CONFIG = "hookline-worker"
USER = 10001
"""The image's own: neither root nor a person."""

START = 120
"""Seconds that a worker may take to import the author's code."""
LIVENESS_EVERY = 10
"""Seconds between two looks."""
RESOURCES: Value = {
    "requests": {"cpu": "100m", "memory": "128Mi"},
    "limits": {"memory": "512Mi"},  # and none of CPU: a worker that is slowed down drains slowly
}


def pod(
    app: str, crew: Crew, stop: Stopping, image: str, selected: dict[str, str]
) -> dict[str, Value]:
    """Return the specification of a crew's pods, which have these labels."""
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": stop.grace,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,  # who may read the secret
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "matchLabelKeys": ["pod-template-hash"],
                "labelSelector": {"matchLabels": selected},
            }
        ],
        "containers": [_container(app, crew, stop, image)],
        "volumes": [
            {"name": "broker", "secret": _secret()},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
        ],
    }


def _secret() -> Value:
    return {
        "secretName": login_secret(Role.WORKER),
        "defaultMode": 0o440,
        "items": [{"key": URL_KEY, "path": URL_KEY}],
    }


def _container(app: str, crew: Crew, stop: Stopping, image: str) -> Value:
    told = worker_settings(app, stop, f"{SECRET_FOLDER}/{URL_KEY}")
    return {
        "name": "worker",
        "image": image,
        "command": ["hookline-workers"],
        "args": list(crew.arguments),
        "envFrom": [{"configMapRef": {"name": CONFIG, "optional": True}}],
        "env": [{"name": name, "value": value} for name, value in told.items()],
        "ports": [{"name": "admin", "containerPort": ADMIN_PORT}],
        "resources": RESOURCES,
        **_probes(crew.longest_timeout),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "broker", "mountPath": SECRET_FOLDER, "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - of this container alone
        ],
    }


def _probes(longest_timeout: float) -> dict[str, Value]:
    """Return the three probes. None of them ends a worker whose handler blocks the event loop for
    no longer than it may take at all.
    """
    looks = math.ceil(longest_timeout / LIVENESS_EVERY) + 3
    return {
        "startupProbe": _probe("/healthz", every=2, failures=START // 2),
        "livenessProbe": _probe("/healthz", every=LIVENESS_EVERY, failures=looks),
        "readinessProbe": _probe("/readyz", every=5, failures=3),
    }


def _probe(path: str, *, every: int, failures: int) -> Value:
    return {
        "httpGet": {"path": path, "port": "admin"},
        "periodSeconds": every,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    }
