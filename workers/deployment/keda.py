"""What KEDA 2.20 is told of a crew: when there are to be more workers, and when fewer."""

from dataclasses import dataclass

from schemas.names import WorkQueue
from schemas.roles import Role
from workers.deployment.cluster import login_secret
from workers.deployment.crews import Crew, Share
from workers.deployment.stopping import Stopping
from workers.deployment.yaml_text import Value

API = "keda.sh/v1alpha1"

FEWEST_WORKERS = 1
"""Somebody has to declare the queue, and to put back what an operator has deleted."""
MOST_WORKERS = 10
POLLING_INTERVAL = 15
"""Seconds. The management API itself lags by up to 10."""
CALM = 300
"""Seconds for which fewer workers must have been enough before one goes."""
LONGEST_CALM = 3600
LONGEST_PERIOD = 1800
"""Seconds; what autoscaling/v2 takes at most."""
LAG_EACH = 30
"""Seconds of lag for which there is to be a worker."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where KEDA learns how much there is to do."""

    management: str
    """The broker's management API: `http://rabbitmq:15672/`, and behind it the virtual host."""
    prometheus: str | None = None
    """`http://prometheus:9090`, where it is to look at lag besides."""


def scaled_object(
    metadata: Value, name: str, crew: Crew, stop: Stopping, sources: Sources
) -> Value:
    """Return a ScaledObject: a trigger for each queue, and with Prometheus one for its lag too.

    Of several triggers the one that asks for most workers counts. Partitions have a lag in common.
    """
    triggers = [_on_length(name, sources.management, share) for share in crew.shares]
    if sources.prometheus is not None:
        wholes = dict.fromkeys(share.queue.whole for share in crew.shares)
        triggers += [_on_lag(sources.prometheus, whole) for whole in wholes]

    return {
        "apiVersion": API,
        "kind": "ScaledObject",
        "metadata": metadata,
        "spec": {
            "scaleTargetRef": {"name": name},
            "minReplicaCount": FEWEST_WORKERS,
            "maxReplicaCount": most_workers(crew),
            "pollingInterval": POLLING_INTERVAL,
            "cooldownPeriod": CALM,
            "advanced": {
                "horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": _one_by_one(stop)}}
            },
            "triggers": triggers,
        },
    }


def most_workers(crew: Crew) -> int:
    """Return how many there are to be at most: none that would have nothing to do."""
    return min(MOST_WORKERS, crew.most_busy or MOST_WORKERS)


def trigger_authentication(metadata: Value) -> Value:
    """Return how KEDA logs in to the broker's management API."""
    secret = login_secret(Role.MONITORING)
    keys = ("username", "password")
    refer = [{"parameter": key, "name": secret, "key": key} for key in keys]
    return {
        "apiVersion": API,
        "kind": "TriggerAuthentication",
        "metadata": metadata,
        "spec": {"secretTargetRef": refer},
    }


def _one_by_one(stop: Stopping) -> Value:
    """Let a worker drain before the next one is told to end.

    Kubernetes picks any of them, a busy one too, and does not ask.
    """
    return {
        "stabilizationWindowSeconds": min(max(CALM, stop.grace), LONGEST_CALM),
        "policies": [
            {"type": "Pods", "value": 1, "periodSeconds": min(stop.grace, LONGEST_PERIOD)}
        ],
    }


def _on_length(name: str, management: str, share: Share) -> Value:
    # Over HTTP, where unacknowledged messages count. Over AMQP only those that wait would, and a
    # queue whose last webhook is being handled would look empty. Each value is a text.
    return {
        "type": "rabbitmq",
        "metadata": {
            "protocol": "http",
            "host": management,
            "queueName": share.queue.name,
            "mode": "QueueLength",
            "value": str(share.at_once),
            "excludeUnacknowledged": "false",
        },
        "authenticationRef": {"name": name},
    }


def _on_lag(prometheus: str, queue: WorkQueue) -> Value:
    labels = f'app="{queue.app}",consumer="{queue.consumer}",topic="{queue.pattern.slashed}"'
    buckets = f"sum by (le) (rate(hookline_webhook_age_seconds_bucket{{{labels}}}[2m]))"
    # Where nothing was handled the quantile is not a number, which is not above 0 either.
    query = f"(histogram_quantile(0.95, {buckets}) > 0) or vector(0)"
    return {
        "type": "prometheus",
        "metadata": {
            "serverAddress": prometheus,
            "query": query,
            "threshold": str(LAG_EACH),
        },
    }
