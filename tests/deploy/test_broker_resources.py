"""The broker of `deploy/kubernetes/operators`: its settings, users and topology are ours."""

import json
import re

import pytest

from deploy.local.home import ADVANCED
from tests.deploy.custom_resources import problems_of
from tests.deploy.overlays import FOLDER, ROOT, named, of_kind
from workers.__main__ import main
from workers.deployment.cluster import BROKER

CONFIG = (ROOT / "deploy/broker/rabbitmq.conf").read_text()
SECURITY = (ROOT / "deploy/SECURITY.md").read_text()


def test_it_has_three_nodes_and_the_settings_that_production_should_have() -> None:
    spec = named("operators", "RabbitmqCluster", BROKER)["spec"]
    assert 3 == spec["replicas"]
    assert spec["resources"]["requests"] == spec["resources"]["limits"]

    told = spec["rabbitmq"]
    assert terms(ADVANCED) == terms(told["advancedConfig"])
    lines = [line for line in told["additionalConfig"].splitlines() if not line.startswith("#")]
    joining = [line for line in lines if "membership_reconciliation" in line]
    chosen = [line.rpartition(".")[2] for line in joining]
    assert ["enabled = true", "target_group_size = 3"] == chosen
    assert set(lines) - set(joining) <= set(CONFIG.splitlines())


def terms(config: str) -> str:
    """Return Erlang's terms without comments, blanks and line breaks."""
    return re.sub(r"%.*|\s", "", config)


def test_every_resource_of_the_topology_operator_is_for_this_broker() -> None:
    found = [
        one
        for kind in ("User", "Permission", "Exchange", "Queue", "Binding")
        for one in of_kind("operators", kind)
    ]
    assert {BROKER} == {one["spec"]["rabbitmqClusterReference"]["name"] for one in found}


def test_users_have_the_permissions_that_the_security_page_gives_them() -> None:
    rows = re.findall(
        r"set_permissions -p / (\S+) +'(.*)' +'(.*)' +'(.*)'$", SECURITY, re.MULTILINE
    )
    told = {role.removeprefix("spiffy-"): tuple(patterns) for role, *patterns in rows}
    assert {"ingress", "worker", "operator", "declarer"} <= set(told)
    for role, patterns in told.items():
        given = named("operators", "Permission", f"spiffy-{role}")["spec"]["permissions"]
        assert patterns == (given["configure"], given["write"], given["read"])


def test_the_topology_is_what_the_command_writes_for_the_examples(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOKLINE_AMQP_URL", "amqp://broker/")
    assert 0 == main(["topology", "export", "--format", "operator", "--users", "shop.consumers"])
    assert capsys.readouterr().out == (FOLDER / "operators/topology.json").read_text()


def test_passwords_are_not_taken_as_they_would_be_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOKLINE_AMQP_URL", "amqp://broker/")
    export = ["topology", "export", "--format", "operator", "--passwords", ".", "shop.consumers"]
    assert 2 == main(export)
    assert "they stand in Secrets" in capsys.readouterr().err


def test_every_resource_for_another_virtual_host_fits_its_official_schema(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOKLINE_AMQP_URL", "amqp://broker/shop")
    assert 0 == main(["topology", "export", "--format", "operator", "--users", "shop.consumers"])
    found = json.loads(capsys.readouterr().out)["items"]
    assert "Vhost" == found[0]["kind"]
    assert [] == [problem for one in found for problem in problems_of(one)]
