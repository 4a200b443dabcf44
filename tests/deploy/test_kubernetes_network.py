"""Who reaches what by the files of `deploy/kubernetes`: fronts, monitors, network policies."""

import yaml

from tests.deploy.overlays import (
    ROOT,
    Object,
    each_overlay,
    ingress_settings,
    named,
    of_kind,
    selects,
)
from workers.deployment.cluster import BROKER

SCRAPED: list[Object] = yaml.safe_load((ROOT / "deploy/prometheus.yaml").read_text())[
    "scrape_configs"
]


def test_both_fronts_lead_to_the_public_port_and_nowhere_else() -> None:
    public = named("plain", "Service")["spec"]["ports"]
    assert [("http", 80, "http")] == [
        (one["name"], one["port"], one["targetPort"]) for one in public
    ]

    (rule,) = named("operators", "HTTPRoute")["spec"]["rules"]
    assert [{"name": "hookline-ingress", "port": 80}] == rule["backendRefs"]
    assert ["/webhooks"] == [one["path"]["value"] for one in rule["matches"]]

    (host,) = named("plain", "Ingress")["spec"]["rules"]
    (path,) = host["http"]["paths"]
    assert ("/webhooks", "Prefix") == (path["path"], path["pathType"])
    assert {"name": "hookline-ingress", "port": {"name": "http"}} == path["backend"]["service"]


def test_monitors_find_the_admin_ports() -> None:
    admin = named("operators", "Service", "hookline-ingress-admin")
    monitor = named("operators", "ServiceMonitor")
    assert selects(monitor["spec"]["selector"], admin["metadata"]["labels"])
    assert not selects(
        monitor["spec"]["selector"], named("operators", "Service")["metadata"]["labels"]
    )


def test_monitors_ask_for_the_pages_that_our_prometheus_asks_for() -> None:
    pages = {
        one["job_name"]: (one.get("metrics_path", "/metrics"), one.get("params")) for one in SCRAPED
    }
    endpoints = [
        endpoint
        for one in (*of_kind("operators", "ServiceMonitor"), *of_kind("operators", "PodMonitor"))
        for endpoint in one["spec"].get("endpoints") or one["spec"]["podMetricsEndpoints"]
    ]
    assert pages == {
        one["relabelings"][0]["replacement"]: (one["path"], one.get("params")) for one in endpoints
    }
    assert {"admin", "prometheus"} == {one["port"] for one in endpoints}


def test_a_pod_that_is_not_ready_is_scraped_all_the_same() -> None:
    admin = named("plain", "Service", "hookline-ingress-admin")["spec"]
    assert (True, "None") == (admin["publishNotReadyAddresses"], admin["clusterIP"])


def test_both_fronts_wait_longer_than_the_ingress_may_take() -> None:
    settings = ingress_settings("plain")
    longest = settings.body_timeout + settings.confirm_timeout
    (rule,) = named("operators", "HTTPRoute")["spec"]["rules"]
    annotations = named("plain", "Ingress")["metadata"]["annotations"]
    told = [*rule["timeouts"].values(), annotations["haproxy.org/timeout-server"]]
    assert 3 == len(told)
    for one in told:
        assert longest < int(one.removesuffix("s"))
    assert "retry" not in rule


@each_overlay
def test_nobody_but_prometheus_reaches_an_admin_port(overlay: str) -> None:
    for name in ("hookline-ingress", "hookline-workers"):
        rules = named(overlay, "NetworkPolicy", name)["spec"]["ingress"]
        admin = [rule for rule in rules if {"port": "admin"} in rule["ports"]]
        whom = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
        assert [[whom]] == [rule["from"] for rule in admin]


def test_with_operators_the_ingress_reaches_its_broker_and_no_other() -> None:
    broker, names = named("operators", "NetworkPolicy")["spec"]["egress"]
    label = {"app.kubernetes.io/name": BROKER}
    assert [{"podSelector": {"matchLabels": label}}] == broker["to"]
    assert {5671, 5672} == {one["port"] for one in broker["ports"]}
    assert {53} == {one["port"] for one in names["ports"]}


AMQP, MANAGEMENT, METRICS = {5671, 5672}, {15671, 15672}, {15692}


def test_each_reaches_the_ports_of_the_broker_that_it_needs_and_no_other() -> None:
    reached: dict[str, set[int]] = {}
    for rule in named("operators", "NetworkPolicy", BROKER)["spec"]["ingress"]:
        ports = {one["port"] for one in rule.get("ports", [])}
        for who in rule["from"]:
            reached |= dict.fromkeys(names_of(who), ports)

    every: set[int] = set()
    assert reached == {
        BROKER: every,
        "hookline-ingress": AMQP,
        "hookline-worker": AMQP,
        "hookline-console": AMQP,
        "rabbitmq-system": MANAGEMENT,
        "keda": MANAGEMENT,
        "monitoring": METRICS,
    }


def names_of(who: Object) -> list[str]:
    """Return the names of the pods, or of the namespaces, that a rule lets in."""
    if "podSelector" in who:
        return [who["podSelector"]["matchLabels"]["app.kubernetes.io/name"]]

    selector = who["namespaceSelector"]
    found = list(selector.get("matchLabels", {}).values())
    for one in selector.get("matchExpressions", []):
        found += one["values"]
    return found
