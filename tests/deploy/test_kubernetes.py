"""The files of `deploy/kubernetes`, as `kubectl kustomize` renders them: whether each object is one
that the cluster takes, and whether names, ports, settings and times are those of the code.
"""

import re
import tomllib
from copy import deepcopy

import pytest

from ingress import canary, gate
from ingress.settings import read as read_ingress
from runtime import lifetime
from runtime.service_links import is_service_link, service_links
from tests.deploy.overlays import (
    FOLDER,
    GIVEN,
    ROOT,
    Object,
    each_overlay,
    ingress_container,
    ingress_environment,
    ingress_pod,
    ingress_settings,
    named,
    of_kind,
    rendered,
    selects,
)
from tests.deploy.restricted import restricted
from tests.deploy.schemas_of_others import problems
from workers.settings import read as read_workers

MIB = 1024**2


# --- objects


@each_overlay
def test_every_object_fits_its_official_schema_without_an_unknown_field(overlay: str) -> None:
    wrong = {
        f"{one['kind']} {one['metadata']['name']}": found
        for one in rendered(overlay)
        if (found := problems(one))
    }
    assert {} == wrong


KINDS = [
    "Binding",
    "ConfigMap",
    "Deployment",
    "Exchange",
    "HTTPRoute",
    "HorizontalPodAutoscaler",
    "Namespace",
    "NetworkPolicy",
    "Permission",
    "PodDisruptionBudget",
    "PodMonitor",
    "PrometheusRule",
    "Queue",
    "RabbitmqCluster",
    "Service",
    "ServiceAccount",
    "ServiceMonitor",
    "User",
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_the_cluster_does_not_know_would_be_found(kind: str) -> None:
    found = deepcopy(of_kind("operators", kind)[0])
    place = found.get("spec", found)
    place["nonsense"] = 1
    assert [] != problems(found)


def test_every_kind_is_among_those_whose_unknown_fields_would_be_found() -> None:
    assert set(KINDS) == {one["kind"] for one in rendered("operators")}


@each_overlay
def test_no_object_holds_a_secret(overlay: str) -> None:
    assert [] == of_kind(overlay, "Secret")


@each_overlay
def test_the_image_is_of_this_version(overlay: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    image = ingress_container(overlay)["image"]
    assert f"hookline:{project['version']}" == image.rpartition("/")[2]


# --- names that must meet


@each_overlay
def test_services_budget_autoscaler_and_policy_mean_the_ingresss_pods(overlay: str) -> None:
    labels = ingress_pod(overlay)["metadata"]["labels"]
    deployment = named(overlay, "Deployment")
    assert selects(deployment["spec"]["selector"], labels)
    assert selects(named(overlay, "PodDisruptionBudget")["spec"]["selector"], labels)
    assert selects(named(overlay, "NetworkPolicy")["spec"]["podSelector"], labels)

    for one in ("hookline-ingress", "hookline-ingress-admin"):
        assert named(overlay, "Service", one)["spec"]["selector"].items() <= labels.items()

    for one in ingress_pod(overlay)["spec"]["topologySpreadConstraints"]:
        assert selects(one["labelSelector"], labels)

    target = named(overlay, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert ("Deployment", "hookline-ingress") == (target["kind"], target["name"])


@each_overlay
def test_one_ingress_at_least_stays_while_another_goes(overlay: str) -> None:
    fewest = named(overlay, "HorizontalPodAutoscaler")["spec"]["minReplicas"]
    assert named(overlay, "PodDisruptionBudget")["spec"]["maxUnavailable"] < fewest

    rollout = named(overlay, "Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert 0 == rollout["maxUnavailable"]


@each_overlay
def test_every_port_that_is_named_is_one_of_the_container(overlay: str) -> None:
    ports = {one["name"] for one in ingress_container(overlay)["ports"]}
    services = [*of_kind(overlay, "Service")]
    told = [port["targetPort"] for service in services for port in service["spec"]["ports"]]
    policy = named(overlay, "NetworkPolicy")["spec"]["ingress"]
    told += [port["port"] for rule in policy for port in rule["ports"]]
    assert ports == set(told)


# --- settings


@each_overlay
def test_its_settings_are_ones_that_both_commands_take(overlay: str) -> None:
    settings = ingress_settings(overlay)
    assert "0.0.0.0" == settings.admin_host  # noqa: S104 - the kubelet and Prometheus ask

    shared = named(
        overlay, "ConfigMap", ingress_container(overlay)["envFrom"][0]["configMapRef"]["name"]
    )
    assert "spiffy" == read_workers(shared["data"] | {"HOOKLINE_AMQP_URL": "amqp://b"}).app


@each_overlay
def test_its_ports_are_those_that_it_listens_on(overlay: str) -> None:
    settings = ingress_settings(overlay)
    ports = {one["name"]: one["containerPort"] for one in ingress_container(overlay)["ports"]}
    assert {"http": settings.port, "admin": settings.admin_port} == ports


@each_overlay
def test_every_secret_file_that_it_is_told_of_is_mounted_for_its_user_alone(overlay: str) -> None:
    pod = ingress_pod(overlay)["spec"]
    places = {one["name"]: one["mountPath"] for one in ingress_container(overlay)["volumeMounts"]}
    mounted = set()
    for volume in pod["volumes"]:
        assert 0o440 == volume["secret"]["defaultMode"]
        for item in volume["secret"]["items"]:
            mounted.add(f"{places[volume['name']]}/{item['path']}")

    environment = ingress_environment(overlay)
    assert mounted == {value for name, value in environment.items() if name.endswith("_FILE")}


def links(service: Object) -> dict[str, str]:
    """Return what Kubernetes puts into each pod's environment for a Service."""
    name = service["metadata"]["name"].upper().replace("-", "_")
    ports = service["spec"]["ports"]
    found = {f"{name}_SERVICE_HOST": "10.0.0.1"}
    found[f"{name}_SERVICE_PORT"] = str(ports[0]["port"])
    found[f"{name}_PORT"] = f"tcp://10.0.0.1:{ports[0]['port']}"
    for one in ports:
        label = one["name"].upper().replace("-", "_")
        port = f"{name}_PORT_{one['port']}_TCP"
        found[f"{name}_SERVICE_PORT_{label}"] = str(one["port"])
        found |= {port: f"tcp://10.0.0.1:{one['port']}", f"{port}_PROTO": "tcp"}
        found |= {f"{port}_PORT": str(one["port"]), f"{port}_ADDR": "10.0.0.1"}
    return found


BROKERS_SERVICE: Object = {
    "metadata": {"name": "hookline-broker"},
    "spec": {
        "ports": [
            {"name": "amqp", "port": 5672},
            {"name": "management", "port": 15672},
            {"name": "prometheus", "port": 15692},
        ]
    },
}
"""What the cluster operator makes for the RabbitmqCluster of this name."""


def test_what_kubernetes_tells_pods_of_our_services_is_taken_for_no_setting() -> None:
    environment: dict[str, str] = {}
    for service in (*of_kind("operators", "Service"), BROKERS_SERVICE):
        environment |= links(service)

    assert "HOOKLINE_INGRESS_ADMIN_PORT_9080_TCP_ADDR" in environment
    assert "HOOKLINE_BROKER_SERVICE_PORT_AMQP" in environment
    assert sorted(environment) == service_links(environment)
    assert all(is_service_link(name, value) for name, value in environment.items())

    alone, _ = read_ingress(GIVEN)
    beside, _ = read_ingress(GIVEN | environment)
    assert alone == beside
    url = {"HOOKLINE_AMQP_URL": "amqp://broker"}
    assert read_workers(url) == read_workers(url | environment)


# --- times


@each_overlay
def test_a_pod_has_time_for_the_longest_drain_before_it_is_killed(overlay: str) -> None:
    settings = ingress_settings(overlay)
    before_the_signal = ingress_container(overlay)["lifecycle"]["preStop"]["sleep"]["seconds"]
    longest_end = settings.drain_delay + settings.drain_timeout + lifetime.FORCE
    grace = ingress_pod(overlay)["spec"]["terminationGracePeriodSeconds"]
    assert before_the_signal >= settings.drain_delay
    assert before_the_signal + longest_end < grace <= before_the_signal + longest_end + 10


@each_overlay
def test_the_comment_on_the_grace_period_adds_up(overlay: str) -> None:
    text = (FOLDER / "ingress/deployment.yaml").read_text()
    (sum_told,) = re.findall(r"(\d+(?: \+ \d+)+)\.", text)
    told = [int(one) for one in sum_told.split(" + ")]
    settings = ingress_settings(overlay)
    assert [5, settings.drain_delay, settings.drain_timeout, lifetime.FORCE, 5] == told
    assert sum(told) == ingress_pod(overlay)["spec"]["terminationGracePeriodSeconds"]


@each_overlay
def test_probes_ask_the_admin_port_and_wait_for_its_answer(overlay: str) -> None:
    container = ingress_container(overlay)
    pages = {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",  # never asks the broker
        "readinessProbe": "/readyz",
    }
    for probe, path in pages.items():
        assert {"path": path, "port": "admin"} == container[probe]["httpGet"]

    readiness = container["readinessProbe"]
    assert readiness["timeoutSeconds"] > canary.CANARY_TIMEOUT


@each_overlay
def test_a_pod_that_drains_is_noticed_before_it_closes_its_port(overlay: str) -> None:
    readiness = ingress_container(overlay)["readinessProbe"]
    noticed = readiness["periodSeconds"] * readiness["failureThreshold"]
    assert noticed <= ingress_settings(overlay).drain_delay


@each_overlay
def test_its_memory_holds_all_that_it_may_take_in(overlay: str) -> None:
    limit = ingress_container(overlay)["resources"]["limits"]["memory"]
    own = 128 * MIB  # twice what the benchmark says that it has after a million webhooks
    assert own + gate.MAX_HELD + gate.MAX_UNPROVEN <= int(limit.removesuffix("Mi")) * MIB


# --- what a pod may do


@each_overlay
def test_pods_are_such_as_the_namespace_lets_in(overlay: str) -> None:
    labels = named(overlay, "Namespace", "hookline")["metadata"]["labels"]
    assert "restricted" == labels["pod-security.kubernetes.io/enforce"]
    for deployment in of_kind(overlay, "Deployment"):
        assert [] == restricted(deployment["spec"]["template"]["spec"])
    for account in of_kind(overlay, "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False
