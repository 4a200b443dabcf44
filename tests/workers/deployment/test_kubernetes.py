"""Crews for Kubernetes: what a Deployment promises its workers, and what KEDA is told."""

import math
from typing import Any

import pytest
import yaml

from tests.workers.deployment.sample import APART, APP, MODULES, SOURCES, TOGETHER, erp
from workers import consumer
from workers.consumer import Consumer
from workers.deployment.crews import Crew, crew_together, crews_apart
from workers.deployment.keda import Sources
from workers.deployment.kubernetes import kubernetes
from workers.settings import read
from workers.telemetry import AGE, labels_of

Objects = dict[tuple[str, str], dict[str, Any]]


def rendered(crews: list[Crew], drain: float = 25, sources: Sources = SOURCES) -> Objects:
    """Return the objects that are written, by kind and name."""
    text = kubernetes(APP, crews, image="shop:1.2", drain_timeout=drain, sources=sources)
    objects = [one for one in yaml.safe_load_all(text) if one is not None]
    return {(one["kind"], one["metadata"]["name"]): one for one in objects}


ERP = "spiffy-erp-orders-create"
"""The queue that most of the tests look at."""


@pytest.fixture
def deployment() -> dict[str, Any]:
    """Its Deployment."""
    return rendered(APART)["Deployment", ERP]


@pytest.fixture
def pod(deployment: dict[str, Any]) -> dict[str, Any]:
    """Its pods."""
    return dict(deployment["spec"]["template"]["spec"])


@pytest.fixture
def scaled() -> dict[str, Any]:
    """Its ScaledObject."""
    return dict(rendered(APART)["ScaledObject", ERP]["spec"])


def test_each_queue_has_a_deployment_what_scales_it_and_how_that_logs_in() -> None:
    names = {ERP, "spiffy-erp-orders-paid", "spiffy-abandoned-carts-carts-any-b958955e"}
    kinds = {"Deployment", "ScaledObject", "TriggerAuthentication"}
    assert {(kind, name) for kind in kinds for name in names} == set(rendered(APART))


@pytest.mark.parametrize(("partitions", "most"), [(None, 10), (4, 4), (64, 10)])
def test_there_are_no_more_workers_than_partitions(partitions: int | None, most: int) -> None:
    divided = consumer("orders/create", name="erp", partitions=partitions)(erp.handler)
    written = rendered(crews_apart(APP, MODULES, [divided]))
    scaled = written["ScaledObject", ERP]
    assert most == scaled["spec"]["maxReplicaCount"]

    told = scaled["metadata"]["annotations"].get("hookline/workers", "")
    assert (partitions is not None) == told.startswith(
        f"at most {most}, of {partitions} partitions"
    )


def test_partitions_beside_a_whole_queue_bound_no_workers() -> None:
    divided = consumer("orders/paid", name="mail", partitions=2)(erp.handler)
    together = crew_together(APP, MODULES, [erp, divided], names=[], topics=[])
    (scaled,) = [one for (kind, _), one in rendered([together]).items() if kind == "ScaledObject"]
    assert 10 == scaled["spec"]["maxReplicaCount"]


def test_a_worker_runs_one_queue_of_one_consumer(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert ["hookline-workers"] == container["command"]
    assert ["run", "shop.consumers", "--consumer", "erp", "--topic", "orders/create"] == (
        container["args"]
    )
    assert "shop:1.2" == container["image"]


def test_the_selector_picks_its_own_pods_and_no_others(deployment: dict[str, Any]) -> None:
    selected = deployment["spec"]["selector"]["matchLabels"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert selected.items() <= labels.items()
    others = [
        one["spec"]["selector"]["matchLabels"]
        for (kind, name), one in rendered([*APART, TOGETHER]).items()
        if kind == "Deployment" and name != ERP
    ]
    assert 3 == len(others)
    assert selected not in others


def test_its_settings_are_ones_and_leave_the_url_to_a_secrets_file(
    pod: dict[str, Any], tmp_path: Any
) -> None:
    (container,) = pod["containers"]
    told = {one["name"]: one["value"] for one in container["env"]}
    (broker,) = [one for one in container["volumeMounts"] if one["name"] == "broker"]
    assert told["HOOKLINE_AMQP_URL_FILE"] == f"{broker['mountPath']}/amqp-url"

    (tmp_path / "url").write_text("amqp://broker")
    settings = read(told | {"HOOKLINE_AMQP_URL_FILE": str(tmp_path / "url")})
    everywhere = "0.0.0.0"  # noqa: S104 - compared with
    assert (APP, everywhere, 9081, 55.0) == (
        settings.app,
        settings.admin_host,
        settings.admin_port,
        settings.drain_timeout,
    )


def test_a_pod_may_be_no_more_than_the_restricted_standard_lets_it(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert {"type": "RuntimeDefault"} == pod["securityContext"]["seccompProfile"]
    assert pod["automountServiceAccountToken"] is False
    assert {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    } == container["securityContext"]


def test_probes_ask_the_admin_port_and_kill_no_handler_that_blocks_for_its_timeout() -> None:
    for crew in APART:
        (container,) = [
            one["spec"]["template"]["spec"]["containers"][0]
            for (kind, _), one in rendered([crew]).items()
            if kind == "Deployment"
        ]
        ports = {one["name"]: one["containerPort"] for one in container["ports"]}
        probes = [container[f"{kind}Probe"] for kind in ("startup", "liveness", "readiness")]
        assert ["/healthz", "/healthz", "/readyz"] == [one["httpGet"]["path"] for one in probes]
        assert {9081} == {ports[one["httpGet"]["port"]] for one in probes}

        alive = container["livenessProbe"]
        assert alive["periodSeconds"] * (alive["failureThreshold"] - 1) > crew.longest_timeout


@pytest.mark.parametrize("drain", [0, 25, 300])
def test_the_grace_period_is_longer_than_the_drain_which_is_longer_than_any_handler(
    drain: float,
) -> None:
    for crew in [*APART, TOGETHER]:
        (one,) = [one for (kind, _), one in rendered([crew], drain).items() if kind == "Deployment"]
        pod = one["spec"]["template"]["spec"]
        told = {one["name"]: one["value"] for one in pod["containers"][0]["env"]}
        own_drain = float(told["HOOKLINE_DRAIN_TIMEOUT"])
        assert own_drain == crew.longest_timeout + drain
        assert pod["terminationGracePeriodSeconds"] == math.ceil(own_drain) + 15
        assert "s longest timeout" in one["metadata"]["annotations"]["hookline/grace"]


def test_the_true_names_of_its_queues_stand_where_people_and_keda_look() -> None:
    objects = rendered(APART)
    carts = "spiffy-abandoned-carts-carts-any-b958955e"
    for kind in ("Deployment", "ScaledObject"):
        annotations = objects[kind, carts]["metadata"]["annotations"]
        assert "spiffy.abandoned_carts.carts._any" == annotations["hookline/queues"]
    (trigger, _) = objects["ScaledObject", carts]["spec"]["triggers"]
    assert "spiffy.abandoned_carts.carts._any" == trigger["metadata"]["queueName"]


def test_keda_counts_what_is_under_way_and_asks_for_a_worker_for_each_so_many_as_one_handles(
    scaled: dict[str, Any],
) -> None:
    trigger = scaled["triggers"][0]
    assert {
        "protocol": "http",
        "host": "http://hookline-broker:15672/",
        "queueName": "spiffy.erp.orders.create",
        "mode": "QueueLength",
        "value": "16",
        "excludeUnacknowledged": "false",
    } == trigger["metadata"]
    assert {"name": ERP} == trigger["authenticationRef"] == scaled["scaleTargetRef"]


def test_workers_go_one_by_one_each_with_the_time_to_drain(scaled: dict[str, Any]) -> None:
    down = scaled["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
    assert [{"type": "Pods", "value": 1, "periodSeconds": 70}] == down["policies"]
    assert 300 == down["stabilizationWindowSeconds"]
    assert 1 == scaled["minReplicaCount"]


def test_handlers_of_hours_stay_within_what_an_autoscaler_takes() -> None:
    (crew,) = crews_apart(APP, [], [_of_hours()])
    (spec,) = [one["spec"] for (kind, _), one in rendered([crew]).items() if kind == "ScaledObject"]
    down = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
    assert (1800, 3600) == (
        down["policies"][0]["periodSeconds"],
        down["stabilizationWindowSeconds"],
    )


def test_lag_is_asked_of_prometheus_where_one_is_named_and_nobody_else_is(
    scaled: dict[str, Any],
) -> None:
    _, lag = scaled["triggers"]
    assert ("prometheus", "http://prometheus.monitoring:9090/", "30") == (
        lag["type"],
        lag["metadata"]["serverAddress"],
        lag["metadata"]["threshold"],
    )
    assert 'app="spiffy",consumer="erp",topic="orders/create"' in lag["metadata"]["query"]
    without = rendered(APART, sources=Sources("http://x/"))["ScaledObject", ERP]["spec"]
    assert ["rabbitmq"] == [one["type"] for one in without["triggers"]]


def test_what_is_asked_of_prometheus_is_what_workers_tell(scaled: dict[str, Any]) -> None:
    _, lag = scaled["triggers"]
    (age,) = AGE.describe()
    queue = APART[1].shares[0].queue
    AGE.labels(*labels_of(queue))
    told = [sample for metric in AGE.collect() for sample in metric.samples]
    asked = [one for one in told if one.labels.items() >= {"consumer": "erp", "le": "60.0"}.items()]
    assert f"{age.name}_bucket{{" in lag["metadata"]["query"]
    assert "orders/create" in {one.labels["topic"] for one in asked}


def test_one_crew_for_several_queues_has_a_trigger_for_each_with_the_value_of_its_consumer() -> (
    None
):
    spec = rendered([TOGETHER])["ScaledObject", "spiffy-all-together"]["spec"]
    told = [one["metadata"] for one in spec["triggers"] if one["type"] == "rabbitmq"]
    assert [
        ("spiffy.abandoned_carts.carts._any", "4"),
        ("spiffy.erp.orders.create", "16"),
        ("spiffy.erp.orders.paid", "16"),
    ] == [(one["queueName"], one["value"]) for one in told]


def test_no_replicas_are_said_for_they_are_kedas(deployment: dict[str, Any]) -> None:
    assert "replicas" not in deployment["spec"]


def test_every_value_that_keda_reads_is_a_text() -> None:
    for (kind, _), one in rendered([*APART, TOGETHER]).items():
        if kind == "ScaledObject":
            values = [
                value
                for trigger in one["spec"]["triggers"]
                for value in trigger["metadata"].values()
            ]
            assert all(isinstance(value, str) for value in values)


def _of_hours() -> Consumer[Any]:
    from workers import Delivery, consumer

    @consumer("orders/create", timeout=7200)
    async def long(delivery: Delivery[bytes]) -> None:
        """Take two hours."""

    return long
