"""The files of deploy/broker: real brokers start with them, and do what their README says."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme

from deploy.local.rabbitmq import Node
from runtime.ports import free_ports
from schemas.roles import Role, user_name
from tests.faults.cluster import Cluster
from tests.system.processes import BIN, environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER
from tests.system.waiting import until

HERE = Path(__file__).parent
SYSTEM = HERE.parent / "system"
BROKER = HERE.parents[1] / "deploy/broker"
README = (BROKER / "README.md").read_text()
STEPS = README.split("\n## Set it up\n")[1].split("\n## ")[0]
ADMINISTRATOR = "me:pa55word"


@dataclass(frozen=True)
class Certificates:
    """An authority, and what it has signed: a server, and a client for each role of an app."""

    folder: Path
    app: str

    @classmethod
    def made(cls, folder: Path, app: str) -> "Certificates":
        """Make all of them."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        server = authority.issue_cert("127.0.0.1", "localhost")
        server.private_key_pem.write_to_path(str(folder / "server.key"))
        for blob in server.cert_chain_pems:
            blob.write_to_path(str(folder / "server.pem"), append=True)
        for role in Role:
            client = authority.issue_cert(role, common_name=user_name(app, role))
            client.private_key_and_cert_chain_pem.write_to_path(str(folder / f"{role}.pem"))
        return cls(folder, app)

    def url(self, role: Role, *ports: int) -> str:
        """Return the URLs by which a role logs in with its certificate."""
        own = self.folder / f"{role}.pem"
        options = f"cafile={self.folder}/ca.pem&certfile={own}&keyfile={own}&auth=external"
        return ",".join(f"amqps://127.0.0.1:{port}/?{options}" for port in ports)


@dataclass(frozen=True)
class Ports:
    """The ports of a node of the file."""

    amqps: int
    management: int
    metrics: int


def as_here(text: str, certificates: Certificates, ports: Ports) -> str:
    """Return rabbitmq.conf with this machine's folder and ports, on the loopback alone.

    Less one line: the node of the tests is awaited on its own port without TLS.
    """
    changed = [
        ("listeners.tcp = none\n", ""),
        ("/etc/rabbitmq/", f"{certificates.folder}/"),
        ("default = 5671", f"default = 127.0.0.1:{ports.amqps}"),
        (
            "management.ssl.port = 15671",
            f"management.ssl.port = {ports.management}\nmanagement.ssl.ip = 127.0.0.1",
        ),
        (
            "prometheus.tcp.port = 15692",
            f"prometheus.tcp.port = {ports.metrics}\nprometheus.tcp.ip = 127.0.0.1",
        ),
    ]
    for old, new in changed:
        assert old in text
        text = text.replace(old, new)
    return text


def exported(app: str, *arguments: str | Path) -> bytes:
    """Return what `topology export` prints."""
    done = subprocess.run(
        [BIN / "hookline-workers", "topology", "export", "consumers", *arguments],
        env=environment("amqp://nowhere/", APP=app),
        cwd=SYSTEM,
        check=True,
        capture_output=True,
    )
    return done.stdout


@dataclass(frozen=True)
class Production:
    """A broker that was set up as the README says."""

    node: Node
    ports: Ports
    certificates: Certificates

    def url(self, role: Role) -> str:
        """Return the URL of a role."""
        return self.certificates.url(role, self.ports.amqps)

    def env(self, role: Role) -> dict[str, str]:
        """Return the environment of a command that runs as a role, and an administrator's API."""
        api = f"https://{ADMINISTRATOR}@127.0.0.1:{self.ports.management}/"
        management = f"{api}?cafile={self.certificates.folder}/ca.pem"
        return environment(
            self.url(role), APP=self.certificates.app, DECLARE="verify", MANAGEMENT_URL=management
        )


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """Where the consumers of this test write."""
    monkeypatch.setenv("RECORD", str(tmp_path / "record"))
    return Record(tmp_path / "record")


def plugins() -> list[str]:
    """Return the plugins of the file."""
    return re.findall(r"\w+", (BROKER / "enabled_plugins").read_text())


def set_up(node: Node, definitions: Path) -> None:
    """Do what the README says to do once, when all nodes are up."""
    name, password = ADMINISTRATOR.split(":")
    commands = re.findall(
        r"^ +rabbitmqctl ((?:\w+_\w+|add_user) .*?)(?: +#.*)?$", STEPS, re.MULTILINE
    )
    assert 5 == len(commands)
    for command in commands:
        words = [name if word == "me" else word for word in shlex.split(command)]
        if words[0] == "import_definitions":
            words[1] = str(definitions)
        if words[0] == "add_user":
            words.append(password)  # it would ask
        node.ctl(*words)


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """A broker with rabbitmq.conf, advanced.config and enabled_plugins, set up with an export."""
    folder = tmp_path_factory.mktemp("etc")
    certificates = Certificates.made(folder, "shop")
    (folder / "hookline.json").write_bytes(exported("shop", "--users"))
    ports = Ports(*free_ports(3))
    config = as_here((BROKER / "rabbitmq.conf").read_text(), certificates, ports)
    node = Node(folder / "node", config=config, plugins=plugins())
    try:
        node.start()
        set_up(node, folder / "hookline.json")
        yield Production(node, ports, certificates)
    finally:
        node.stop()


pytestmark = pytest.mark.xdist_group("production")
a_broker_of_its_own = pytest.mark.slow("boots a broker; changes with the files of deploy/broker")


@a_broker_of_its_own
async def test_webhooks_travel_from_client_certificate_to_client_certificate(
    production: Production, record: Record
) -> None:
    settings: dict[str, Any] = {"APP": "shop", "DECLARE": "verify"}
    async with (
        ingress(production.url(Role.INGRESS), **settings) as door,
        worker(production.url(Role.WORKER), "--consumer", "taker", **settings),
    ):
        identity = await door.accepted("orders/create", ORDER, app="shop")
        (line,) = await handled(record, "taker")
    assert identity == line["id"]


@a_broker_of_its_own
async def test_the_roles_do_not_pass_for_each_other(production: Production) -> None:
    env = production.env(Role.MONITORING) | {"HOOKLINE_MANAGEMENT_URL": ""}
    code, out, err = await finished("hookline-workers", "dead-letters", "list", env=env, cwd=SYSTEM)
    assert 0 != code
    assert "ACCESS_REFUSED" in out + err


@a_broker_of_its_own
async def test_what_was_imported_is_verified_over_tls(production: Production) -> None:
    code, out, err = await finished(
        "hookline-workers", "topology", "verify", "consumers",
        env=production.env(Role.DECLARER), cwd=SYSTEM,
    )  # fmt: skip
    assert 0 == code, out + err
    assert out.strip().endswith("users of the roles")


@a_broker_of_its_own
async def test_nobody_gets_in_without_a_certificate_and_there_is_no_guest(
    production: Production,
) -> None:
    assert "guest" not in production.node.ctl("list_users")
    bare = f"amqps://{ADMINISTRATOR}@127.0.0.1:{production.ports.amqps}/?cafile={production.certificates.folder}/ca.pem"
    code, _, err = await finished(
        "hookline-workers", "dead-letters", "list", env=environment(bare, APP="shop"), cwd=SYSTEM
    )
    assert 1 == code
    assert "does it want a certificate of ours" in err


SET: list[tuple[str, str, Any]] = [
    ("rabbit", "dead_letter_worker_publisher_confirm_timeout", "10000"),
    ("kernel", "net_ticktime", "15"),
    ("rabbit", "consumer_timeout", "1800000"),
    ("rabbit", "disk_free_limit", '"2GB"'),
    ("rabbit", "queue_leader_locator", '<<"balanced">>'),
]


@a_broker_of_its_own
@pytest.mark.parametrize(("part", "key", "value"), SET)
def test_what_the_files_set_is_what_the_broker_runs_with(
    production: Production, part: str, key: str, value: str
) -> None:
    told = production.node.ctl("eval", f"application:get_env({part}, {key}).")
    assert f"{{ok,{value}}}" == re.sub(r"\s", "", told)


@a_broker_of_its_own
async def test_metrics_are_served_under_the_names_that_are_to_be_watched(
    production: Production,
) -> None:
    table = README.split("\n## What to watch\n")[1]
    named = set(re.findall(r"`(rabbitmq_\w+)`", table))
    address = f"http://127.0.0.1:{production.ports.metrics}/metrics"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        served = set(re.findall(r"^(rabbitmq_\w+)", await answer.text(), re.MULTILINE))
    assert len(named) >= 3
    assert set() == named - served


def test_the_one_line_that_is_not_tried_is_there() -> None:
    assert "\nlisteners.tcp = none\n" in (BROKER / "rabbitmq.conf").read_text()


@pytest.mark.parametrize("file", ["rabbitmq.conf", "cluster.conf"])
def test_every_setting_has_its_reason(file: str) -> None:
    blocks = re.split(r"\n{2,}", (BROKER / file).read_text())
    bare = [block for block in blocks if " = " in block and not block.startswith("#")]
    assert [] == bare


def test_every_file_that_the_readme_points_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [] == [link for link in links if not (BROKER / link).exists()]


# --- passwords


@pytest.mark.slow("test_security lets each role in by its own; a second import is rare")
def test_an_export_with_passwords_lets_each_role_in_by_its_own(tmp_path: Path, node: Node) -> None:
    """On the session's broker: a second import changes a password, and no other."""
    node.start()
    for role in Role:
        (tmp_path / role).write_text(f"pa55-{role}")
    for changed in ("pa55-worker", "an0ther"):
        (tmp_path / Role.WORKER).write_text(changed)
        (tmp_path / "export.json").write_bytes(exported("keyed", "--passwords", tmp_path))
        assert b"pa55" not in (tmp_path / "export.json").read_bytes()
        node.ctl("import_definitions", str(tmp_path / "export.json"))
        passwords = {user_name("keyed", role): (tmp_path / role).read_text() for role in Role}
        assert dict.fromkeys(passwords, "ok") == logged_in(node, passwords)
    assert {"keyed-worker": "refused"} == logged_in(node, {"keyed-worker": "pa55-worker"})


def logged_in(node: Node, passwords: dict[str, str]) -> dict[str, str]:
    """Ask the broker what it says to users with passwords, all in one call: each takes a second."""
    users = ", ".join(f'{{<<"{user}">>, <<"{word}">>}}' for user, word in passwords.items())
    asked = "element(1, rabbit_access_control:check_user_pass_login(User, Password))"
    said = node.ctl("eval", f"[{asked} || {{User, Password}} <- [{users}]].")
    answers = re.findall(r"\w+", said)
    return dict(zip(passwords, answers, strict=True))


# --- three nodes


@pytest.mark.slow("boots a cluster; `make faults` breaks one of the same settings")
async def test_three_nodes_form_a_cluster_and_share_the_leading(
    tmp_path: Path, record: Record
) -> None:
    certificates = Certificates.made(tmp_path, "shop")
    (tmp_path / "hookline.json").write_bytes(exported("shop", "--users"))
    conf = (BROKER / "rabbitmq.conf").read_text()
    joined = re.sub(r"rabbit@rabbit(\d)", r"n\1@localhost", (BROKER / "cluster.conf").read_text())
    ports = [Ports(*free_ports(3)) for _ in range(3)]
    cluster = Cluster(
        tmp_path / "nodes", [as_here(conf, certificates, one) + joined for one in ports], plugins()
    )
    try:
        nodes = cluster.start().nodes
        set_up(nodes[0], tmp_path / "hookline.json")
        told = json.loads(nodes[0].ctl("cluster_status", "--formatter", "json"))
        assert 3 == len(told["running_nodes"])

        lines = nodes[0].ctl("list_queues", "leader", "members", "--formatter", "json")
        queues = [one for one in json.loads(lines) if one["members"]]
        assert all(3 == len(one["members"]) for one in queues)
        assert 3 == len({one["leader"] for one in queues})

        settings: dict[str, Any] = {"APP": "shop", "DECLARE": "verify"}
        amqps = [one.amqps for one in ports]
        async with (
            ingress(certificates.url(Role.INGRESS, *amqps), **settings) as door,
            worker(certificates.url(Role.WORKER, *amqps), "--consumer", "taker", **settings),
        ):
            await door.accepted("orders/create", ORDER, app="shop")
            await handled(record, "taker")
    finally:
        cluster.stop()


# --- moving to another broker


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Node]:
    """A second broker, to move to."""
    node = Node(tmp_path / "other", plugins=["rabbitmq_shovel"])
    try:
        yield node.start()
    finally:
        node.stop()


def shovel(old: Node, app: str) -> list[str]:
    """Return the README's command with this test's brokers in it."""
    (command,) = re.findall(
        r"rabbitmqctl (set_parameter shovel letters) '(.*?)'", README, re.DOTALL
    )
    told = json.loads(command[1])
    told["src-uri"] = old.url()
    for end in ("src-queue", "dest-queue"):
        told[end] = told[end].replace("spiffy.dead.erp", f"{app}.dead.picky")
    return [*command[0].split(), json.dumps(told)]


@a_broker_of_its_own
async def test_dead_letters_move_to_another_broker_by_the_readmes_shovel_and_are_replayed_there(
    node: Node, record: Record, other: Node, tmp_path: Path
) -> None:
    app = "moving"
    url = node.start().url()
    async with ingress(url, APP=app) as door, worker(url, "--consumer", "picky", APP=app) as hands:
        identity = await door.accepted("orders/create", ORDER, app=app)
        await hands.event("delivery.dead", id=identity)
    shown = await finished(
        "hookline-workers", "dead-letters", "show", "--json", env=environment(url, APP=app)
    )

    (tmp_path / "export.json").write_bytes(exported(app))
    other.ctl("import_definitions", str(tmp_path / "export.json"))
    other.ctl(*shovel(node, app))

    env = environment(other.url(), APP=app)

    async def has_moved() -> bool:
        there = await finished("hookline-workers", "dead-letters", "show", "--json", env=env)
        return there == shown

    declared = await finished("hookline-workers", "topology", "declare", "consumers", env=env)
    assert 0 == declared[0], declared
    await until(has_moved, what="the same letter on the other broker")

    record.touch(".content")
    async with worker(other.url(), "--consumer", "picky", APP=app) as hands:
        replay = ("hookline-workers", "dead-letters", "replay", "--id", identity)
        replayed = await finished(*replay, env=env)
        assert 0 == replayed[0], replayed
        await hands.event("delivery.done", id=identity)
