"""What outsiders, readers of logs and users of the broker cannot do, tried on real processes and a
real broker.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aio_pika
import pytest
import trustme
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelAccessRefused

from deploy.local.rabbitmq import Node
from ingress.signature import sign
from runtime.ports import free_ports
from schemas.roles import Role, permissions, user_name
from tests.schemas.bombs import BILLION_LAUGHS, QUADRATIC
from tests.system.broker import as_user, control_log, let_in, users
from tests.system.processes import BIN, HERE, environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER, SECRET
from tests.system.waiting import until

ROOT = Path(__file__).parents[2]


# --- from outside


async def test_public_and_admin_pages_are_on_ports_of_their_own(url: str, app: str) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "taker", APP=app) as workers,
    ):
        admin_ports = [door.admin_port, (await workers.event("worker.started"))["admin_port"]]
        asked = [
            *[("GET", door.port, page) for page in ("/healthz", "/readyz", "/metrics")],
            *[
                ("POST", port, page)
                for port in admin_ports
                for page in ("/webhooks", f"/webhooks/{app}")
            ],
        ]
        statuses = []
        for method, port, page in asked:
            async with door.session.request(method, f"http://127.0.0.1:{port}{page}") as answer:
                statuses.append(answer.status)
    assert [404] * len(asked) == statuses


async def test_a_signed_bomb_is_a_dead_letter_and_harms_no_other_webhook(
    url: str, app: str, record: Record
) -> None:
    bombs = [
        (BILLION_LAUGHS, "application/xml"),
        (QUADRATIC, "text/xml"),
        (b"[" * 1_000_000, "application/json"),
    ]
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "threaded", APP=app) as workers,
    ):
        for body, content_type in bombs:
            identity = await door.accepted(
                "orders/create", body, app=app, content_type=content_type
            )
            await workers.event("delivery.dead", id=identity, reason="malformed")
        identity = await door.accepted("orders/create", ORDER, app=app)
        (line,) = await handled(record, "threaded")
    assert identity == line["id"]


async def test_the_names_of_secrets_in_a_table_open_nothing(
    url: str, app: str, tmp_path: Path
) -> None:
    table = "\ncurrent = 's3cr3t-very-long'\nprevious = '0ld-one'\n"
    (tmp_path / "apps.toml").write_text(f"[apps.{app}.secrets]{table}")
    statuses = {}
    async with ingress(url, SECRETS=None, APPS_FILE=str(tmp_path / "apps.toml")) as door:
        for secret in (b"current", b"previous", b"secrets", b"", b"s3cr3t-very-long", b"0ld-one"):
            answer = await door.post(
                "orders/create", ORDER, app=app, X_Spiffy_Hmac_Sha256=sign(ORDER, secret)
            )
            statuses[secret] = answer.status
    names = dict.fromkeys((b"current", b"previous", b"secrets", b""), 401)
    assert names | {b"s3cr3t-very-long": 200, b"0ld-one": 200} == statuses


# --- what logs tell


@pytest.mark.parametrize("log_format", ["text", "json"])
async def test_no_log_line_at_any_level_holds_a_body_a_secret_or_a_signature(
    url: str, app: str, record: Record, log_format: str
) -> None:
    settings: dict[str, Any] = {"APP": app, "LOG_LEVEL": "DEBUG", "LOG_FORMAT": log_format}
    body = b'{"id": 1, "note": "4111 1111"}'
    signature = sign(body, b"s3cret-value")
    stranger = sign(body, SECRET.encode())
    async with ingress(url, SECRETS="s3cret-value", **settings) as door:
        async with worker(url, "--consumer", "careless", **settings) as workers:
            await door.accepted("orders/create", body, app=app, X_Spiffy_Hmac_Sha256=signature)
            assert (
                401
                == (
                    await door.post("orders/create", body, app=app, X_Spiffy_Hmac_Sha256=stranger)
                ).status
            )
            await door.event("webhook.refused")
            await workers.event("delivery.retried")
            await workers.event("delivery.dead")
    written = door.written + workers.written
    assert not [
        told
        for told in ("4111", "s3cret-value", signature, stranger, "guest:guest")
        if told in written
    ]


@pytest.mark.parametrize("as_json", [True, False])
async def test_a_logged_traceback_shows_no_local_variable(as_json: bool) -> None:
    program = f"""
import logging, structlog
from runtime import logs
def fail(body):
    raise ValueError("told")
logs.configure(as_json={as_json}, level="DEBUG")
body = str(4111 * 10**9)
for log in (structlog.get_logger(), logging.getLogger("another")):
    try:
        fail(body)
    except ValueError:
        log.exception("broken")
"""
    code, out, err = await finished(
        sys.executable, "-c", program, env=environment("amqp://x"), cwd=ROOT
    )
    assert (0, "", 2) == (code, out, err.count("ValueError: told"))
    assert "4111" not in err


# --- users of the broker

GUARDED = "guarded"


def password_of(role: Role) -> str:
    """Return a role's own password."""
    return f"pa55-{role}"


@pytest.fixture(scope="module")
def roles(node: Node, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """URLs of the users that an export makes for the app GUARDED; queues are none there yet."""
    folder = tmp_path_factory.mktemp("passwords")
    for role in Role:
        (folder / role).write_text(password_of(role))

    node.start()
    exported = subprocess.run(
        [BIN / "hookline-workers", "topology", "export", "consumers", "--passwords", folder],
        env=environment(node.url(), APP=GUARDED),
        cwd=HERE,
        capture_output=True,
        check=True,
    )
    definitions = json.loads(exported.stdout)
    users = {part: definitions[part] for part in ("vhosts", "users", "permissions")}
    (folder / "users.json").write_text(json.dumps(users))
    node.ctl("import_definitions", str(folder / "users.json"))

    address = f"127.0.0.1:{node.port}/"
    return {
        role: f"amqp://{user_name(GUARDED, role)}:{password_of(role)}@{address}" for role in Role
    }


@pytest.mark.xdist_group("roles")
async def test_each_role_has_the_permissions_for_its_part_of_the_journey(
    roles: dict[str, str], amqp: AbstractChannel, record: Record
) -> None:
    settings: dict[str, Any] = {"APP": GUARDED, "DECLARE": "verify", "JOURNAL": "1d"}
    names = ("taker", "third_time_lucky", "picky", "hourly")
    consumers = [word for name in names for word in ("--consumer", name)]
    operator = environment(roles["operator"], APP=GUARDED)
    declared = await finished(
        "hookline-workers",
        "topology",
        "declare",
        "consumers",
        env=environment(roles["declarer"], APP=GUARDED, JOURNAL="1d"),
    )
    assert 0 == declared[0], declared
    unrouted = await amqp.get_exchange(f"{GUARDED}.unrouted", ensure=False)
    for key in (
        "orders.create.7",
        f"{GUARDED}.taker.orders.create",
    ):  # a webhook's and a retry's, both to be adopted
        await unrouted.publish(aio_pika.Message(b""), key)
    async with (
        ingress(roles["ingress"], **settings) as door,
        worker(roles["worker"], *consumers, **settings) as workers,
    ):
        await workers.event("unrouted.adopted", count=2)
        identity = await door.accepted("orders/create", ORDER, app=GUARDED)
        other = await door.accepted("orders/create", ORDER, app=GUARDED)
        assert [] == door.events("copies.missed")
        await handled(record, "third_time_lucky", 6)
        await workers.event("delivery.dead", id=identity)
        record.touch(".content")
        for action in ("groups", "list", "show", "replay"):
            done = await finished(
                "hookline-workers", "dead-letters", action, "--id", identity, env=operator
            )
            assert (0, True) == (done[0], identity in done[1]), done
        assert "not written down" not in done[2]
        await workers.event("delivery.done", id=identity, consumer="picky")

        async def is_all_seen() -> bool:
            code, out, err = await finished("hookline-workers", "status", "--json", env=operator)
            assert 0 == code, err
            seen = json.loads(out)
            running = sum(row["workers"] for row in seen["queues"])
            return (1, 5) == (len(seen["doors"]), running)

        await until(is_all_seen, what="the pulses of ingress and worker, by the operator")

        done = await finished(
            "hookline-workers", "journal", "replay", "--id", identity, "--consumer", "picky",
            env=operator,
        )  # fmt: skip
        assert (0, True) == (done[0], identity in done[1]), done
        await workers.event("delivery.done", id=identity, consumer="picky")

        for action, told in (("list", identity), ("now", identity), ("cancel", other)):
            await workers.event("delivery.retried", id=told, consumer="hourly")
            done = await finished("hookline-workers", "waiting", action, "--id", told, env=operator)
            assert (0, True) == (done[0], told in done[1]), done
            assert "not written down" not in done[2]
        await workers.event("delivery.done", id=identity, consumer="hourly")

        for order, event in (("pause", "queue.paused"), ("resume", "queue.resumed")):
            done = await finished("hookline-workers", order, "picky", env=operator)
            assert 0 == done[0], done
            await workers.event(event)


def _publish(exchange: str) -> tuple[str, dict[str, Any]]:
    return "basic_publish", {"body": b"", "exchange": exchange, "routing_key": "orders.create"}


FORBIDDEN = [
    ("ingress", *_publish("")),
    ("ingress", *_publish("guarded.return")),
    ("ingress", *_publish("guarded.dead")),
    ("ingress", *_publish("other.webhooks")),
    ("ingress", "basic_get", {"queue": "guarded.unrouted"}),
    ("ingress", "basic_get", {"queue": "guarded.taker.orders.create"}),
    ("ingress", "queue_declare", {"queue": "guarded.more"}),
    ("ingress", "queue_bind", {"queue": "guarded.unrouted", "exchange": "guarded.webhooks"}),
    ("worker", *_publish("")),
    ("worker", *_publish("guarded.webhooks")),
    ("worker", *_publish("other.retry.1s")),
    ("worker", "basic_get", {"queue": "guarded.dead.taker.orders.create"}),
    ("worker", "basic_get", {"queue": "guarded.retry.1s"}),
    ("worker", "basic_get", {"queue": "other.taker.orders.create"}),
    ("worker", "queue_delete", {"queue": "guarded.taker.orders.create"}),
    ("worker", "exchange_delete", {"exchange": "guarded.webhooks"}),
    ("operator", *_publish("guarded.webhooks")),
    ("operator", *_publish("guarded.pulse")),
    ("operator", "basic_get", {"queue": "guarded.taker.orders.create"}),
    ("operator", "queue_delete", {"queue": "guarded.dead.taker.orders.create"}),
    ("declarer", "queue_declare", {"queue": "other.more"}),
    ("declarer", *_publish("other.webhooks")),
    ("declarer", "basic_get", {"queue": "other.unrouted"}),
    ("monitoring", *_publish("guarded.webhooks")),
    ("monitoring", "basic_get", {"queue": "guarded.taker.orders.create"}),
    ("monitoring", "queue_delete", {"queue": "guarded.taker.orders.create"}),
]


@pytest.mark.xdist_group("roles")
@pytest.mark.parametrize(("role", "method", "arguments"), FORBIDDEN)
async def test_a_role_cannot_do_what_is_anothers(
    roles: dict[str, str], role: str, method: str, arguments: dict[str, Any]
) -> None:
    async with (
        await aio_pika.connect(roles[role]) as connection,
        connection.channel() as opened,
    ):
        channel = await opened.get_underlay_channel()
        with pytest.raises(ChannelAccessRefused):
            await getattr(channel, method)(**arguments)


async def test_a_retry_that_the_broker_refuses_is_told_in_its_words_and_made_once_it_may_be(
    node: Node, url: str, app: str, record: Record, tmp_path: Path
) -> None:
    let_in(node, tmp_path, {app: (".*", rf"^(?!{app}\.retry\.)", ".*")})
    limited = as_user(url, app)
    exhausted = ("--consumer", "exhausted")
    async with worker(url, *exhausted, APP=app):
        pass
    async with (
        ingress(url, APP=app) as door,
        worker(limited, *exhausted, APP=app, DECLARE="verify") as workers,
    ):
        await door.accepted("orders/create", ORDER, app=app)
        told = await workers.event("delivery.not_published")
        assert "ACCESS_REFUSED" in told["error"]
        assert f"{app}.retry.1s" in told["error"]

        node.ctl("set_permissions", "-p", "/", app, ".*", ".*", ".*")
        await handled(record, "exhausted", 2)


async def test_a_webhook_that_the_broker_refuses_is_not_answered_for_and_told_in_its_words(
    node: Node, url: str, app: str, tmp_path: Path
) -> None:
    let_in(node, tmp_path, {app: (".*", rf"^(?!{app}\.webhooks$)", ".*")})
    limited = as_user(url, app)
    async with ingress(limited, APP=app, ready=False) as door:

        async def is_told() -> bool:
            answer = await door.post("orders/create", ORDER, app=app)
            assert 503 == answer.status
            return bool(door.events("channel.closed"))

        await until(is_told, what="the channel that the broker closed")
        told = door.events("channel.closed")[0]
        assert "ACCESS_REFUSED" in told["error"]
        assert f"{app}.webhooks" in told["error"]


async def test_what_the_broker_kept_a_worker_from_is_done_once_it_may(
    node: Node, url: str, app: str, amqp: AbstractChannel, tmp_path: Path
) -> None:
    let_in(node, tmp_path, {app: (".*", ".*", rf"^(?!{app}\.control$)")})

    async def is_written_down() -> bool:
        state = await control_log(url, app)
        return state is not None and f"{app}.picky.orders.create" in state.wanted

    async with worker(url, "--consumer", "taker", APP=app):
        pass
    limited = as_user(url, app)
    async with worker(limited, "--consumer", "picky", APP=app, ready=False) as workers:
        assert "ACCESS_REFUSED" in (await workers.event("topology.not_checked"))["error"]
        node.ctl("set_permissions", "-p", "/", app, ".*", ".*", ".*")
        await until(is_written_down, what="picky's queue in the control log")


async def test_a_worker_with_permissions_for_its_consumer_alone_runs_on_what_an_operator_imported(
    node: Node, url: str, app: str, amqp: AbstractChannel, tmp_path: Path
) -> None:
    """It may not see other consumers' queues: from RabbitMQ 4.3 on, not even ask whether they are
    there.
    """
    everything = environment(url, APP=app)
    exported = await finished("hookline-workers", "topology", "export", "consumers", env=everything)
    definitions = json.loads(exported[1]) | users({app: permissions(app, Role.WORKER, "taker")})
    (tmp_path / "export.json").write_text(json.dumps(definitions))
    node.ctl("import_definitions", str(tmp_path / "export.json"))

    limited = as_user(url, app)
    async with worker(limited, "--consumer", "taker", APP=app, DECLARE="verify"):
        pass  # the first: nothing stands in the control log
    async with worker(url, "--consumer", "picky", APP=app, DECLARE="verify"):
        pass  # and this tells the next of a queue that it may not see
    async with worker(limited, "--consumer", "taker", APP=app, DECLARE="verify") as workers:
        unrouted = await amqp.get_exchange(f"{app}.unrouted", ensure=False)
        await unrouted.publish(aio_pika.Message(b"{}"), f"{app}.taker.orders.create")
        await workers.event("unrouted.adopted", count=1)  # which a check of everything comes before
        assert [] == workers.events("topology.not_checked")


# --- TLS

PASSWORD = "amqps://guest:guest@127.0.0.1:{port}/?cafile={ca}"
CERTIFICATE = (
    "amqps://127.0.0.1:{port}/?cafile={ca}&certfile={client}&keyfile={client}&auth=external"
)
CONFIG = """
listeners.ssl.local = 127.0.0.1:{port}
ssl_options.cacertfile = {ca}
ssl_options.certfile = {server}
ssl_options.keyfile = {server}
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = EXTERNAL
ssl_cert_login_from = common_name
"""


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A broker that speaks TLS: its port, and the files of our authority, of another, and of what
    they have signed.
    """
    folder = tmp_path_factory.mktemp("tls")
    ours = trustme.CA()
    other = trustme.CA()
    files = {
        "ca": ours.cert_pem,
        "other_ca": other.cert_pem,
        "server": ours.issue_cert("127.0.0.1").private_key_and_cert_chain_pem,
        "client": ours.issue_cert("client", common_name="hookline").private_key_and_cert_chain_pem,
        "other_client": other.issue_cert(
            "client", common_name="hookline"
        ).private_key_and_cert_chain_pem,
    }
    for name, blob in files.items():
        blob.write_to_path(str(folder / name))
    given = {"port": free_ports(1)[0]} | {name: folder / name for name in files}
    node = Node(
        folder / "node", config=CONFIG.format(**given), plugins=["rabbitmq_auth_mechanism_ssl"]
    )
    try:
        node.start()
        node.ctl("await_startup")  # it speaks AMQP a moment before it takes users
        let_in(node, folder, {"hookline": (".*", ".*", ".*")}, password="")
        yield given
    finally:
        node.stop()


@pytest.mark.xdist_group("tls")
@pytest.mark.parametrize("address", [PASSWORD, CERTIFICATE])
async def test_webhooks_travel_over_tls(
    tls: dict[str, Any], app: str, record: Record, address: str
) -> None:
    url = address.format(**tls)
    async with ingress(url, APP=app) as door, worker(url, "--consumer", "taker", APP=app):
        identity = await door.accepted("orders/create", ORDER, app=app)
        (line,) = await handled(record, "taker")
    assert identity == line["id"]


alike = pytest.mark.slow("another of these is refused in the same place")
KEPT_OUT = [
    (PASSWORD.replace("{ca}", "{other_ca}"), "CERTIFICATE_VERIFY_FAILED"),
    pytest.param(PASSWORD.partition("?")[0], "CERTIFICATE_VERIFY_FAILED", marks=alike),
    (PASSWORD.replace("127.0.0.1", "localhost"), "Hostname mismatch"),
    (PASSWORD.replace("amqps:", "amqp:"), "speaks TLS on this port"),
    pytest.param(PASSWORD.replace(":guest@", ":pa55word@"), "ACCESS_REFUSED", marks=alike),
    pytest.param(PASSWORD.replace("{ca}", "{ca}.gone"), "No such file", marks=alike),
    (CERTIFICATE.replace("{client}", "{other_client}"), "UNKNOWN_CA"),
    pytest.param(re.sub("&certfile.*(?=&auth)", "", CERTIFICATE), "ACCESS_REFUSED", marks=alike),
]


@pytest.mark.xdist_group("tls")
@pytest.mark.parametrize(("address", "told"), KEPT_OUT)
async def test_a_link_that_one_side_does_not_trust_is_refused_and_both_commands_say_why(
    tls: dict[str, Any], app: str, address: str, told: str
) -> None:
    url = address.format(**tls)
    async with (
        ingress(url, ready=False, APP=app) as door,
        worker(url, ready=False, APP=app) as workers,
    ):
        reasons = [
            (await process.event("broker.unreachable"))["error"] for process in (door, workers)
        ]
        readiness = await door.admin("/readyz")
    assert [True, True, 503] == [
        *(bool(re.search(told, reason)) for reason in reasons),
        readiness,
    ], reasons
    assert "pa55word" not in json.dumps(door.logs + workers.logs)
