"""What a pod may, held against the Pod Security Standard that the namespace enforces."""

from typing import Any

from tests.deploy.overlays import Object

VOLUMES = {"name", "secret", "emptyDir", "persistentVolumeClaim"}


def restricted(pod: Object) -> list[str]:
    """Return what in a pod the Pod Security Standard `restricted` refuses, and what we refuse.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/
    """
    context = pod["securityContext"]
    wrong = []
    if not (context["runAsNonRoot"] and context["runAsUser"] > 0):
        wrong.append("may be root")
    if context["seccompProfile"] != {"type": "RuntimeDefault"}:
        wrong.append("no seccomp")
    if any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")):
        wrong.append("in the host's namespaces")
    if pod["automountServiceAccountToken"]:
        wrong.append("has a token")
    if pod["enableServiceLinks"]:
        wrong.append("is told of every Service")
    if {kind for volume in pod["volumes"] for kind in volume} - VOLUMES:
        wrong.append("volumes of other kinds")
    for container in pod["containers"]:
        wrong += _restricted_container(container["securityContext"])
    return wrong


def _restricted_container(context: dict[str, Any]) -> list[str]:
    asked = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    return [key for key, value in asked.items() if context.get(key) != value]
