"""What `check` finds on either side, with real users on a real broker."""

from pathlib import Path

import pytest
from aio_pika import Message
from aio_pika.abc import AbstractChannel

from deploy.local.rabbitmq import Node
from runtime.amqp.channels import channel_of
from runtime.amqp.link import connected
from runtime.amqp.permitted import Permitted, refused
from runtime.amqp.versions import findings_of_version
from schemas.roles import Role, permissions
from tests.system.broker import as_user, let_in
from tests.system.processes import environment, finished, ingress

STRONG = "current:5ca1ab1e0ddba11c0ffee0facade5eed"
DOUBTFUL = """
from tenacity import stop_never, wait_fixed
from workers import Delivery, RetryPolicy, consumer


@consumer("orders/create", timeout=90, retry=RetryPolicy(wait=wait_fixed(100_000), stop=stop_never))
async def erp(delivery: Delivery[bytes]) -> None: ...
"""


async def test_a_weak_secret_fails_the_check_and_is_not_shown(url: str, app: str) -> None:
    async with ingress(url, APP=app):
        weak = await finished(
            "hookline-ingress", "check", env=environment(url, APP=app, SECRETS="guess-me")
        )
        strong = await finished(
            "hookline-ingress", "check", env=environment(url, APP=app, SECRETS=STRONG)
        )
    assert (1, 0) == (weak[0], strong[0])
    assert f"wrong: app {app}: the secret secret-1 is shorter than 16 bytes" in weak[1]
    assert "guess-me" not in weak[1] + weak[2]
    assert "wrong:" not in strong[1]


async def test_the_brokers_version_is_told_where_a_fault_of_it_is_known(url: str, app: str) -> None:
    async with connected([url], "test") as connection, channel_of(connection) as channel:
        expected = [str(one) for one in findings_of_version(channel.connection.server_properties)]
        version = str(channel.connection.server_properties["version"])
    async with ingress(url, APP=app):
        _, out, _ = await finished(
            "hookline-ingress", "check", env=environment(url, APP=app, SECRETS=STRONG)
        )
    told = [line for line in out.splitlines() if "RabbitMQ" in line]
    assert expected == told
    assert all(version in line for line in told)


async def test_policies_and_timeouts_are_advice_and_fail_no_check(
    url: str, app: str, tmp_path: Path
) -> None:
    (tmp_path / "doubtful.py").write_text(DOUBTFUL)
    env = environment(url, APP=app)
    workers = ("hookline-workers", "topology", "declare", "doubtful")
    declared = await finished(*workers, env=env, cwd=tmp_path)
    assert 0 == declared[0], declared
    code, out, _ = await finished("hookline-workers", "check", "doubtful", env=env, cwd=tmp_path)
    assert 0 == code
    assert "advice: handlers of erp may run for 90 s" in out
    assert "advice: consumer erp: its policy waits for up to 1 day, 3:46:40" in out
    assert "advice: consumer erp: its policy has not given up" in out


PERMITTED = {
    "all that a worker needs": (r"^{app}\.", r"^{app}\.", 0, ""),
    "not the dead letters": (r"^{app}\.(?!dead)", r"^{app}\.", 1, "publish to {app}.dead"),
    "not a rung": (r"^{app}\.(?!retry\.5s)", r"^{app}\.", 1, "publish to {app}.retry.5s"),
    "not its queue": (r"^{app}\.", r"^{app}\.(?!erp)", 1, "read from {app}.erp.orders.create"),
    "not the control log": (r"^{app}\.", r"^{app}\.(?!control)", 1, "read from {app}.control"),
    "nothing": ("^$", "^$", 1, "publish to {app}.return"),
}


LOOKED_AT = "permitted"
"""The app on whose queues they look; `check` changes nothing."""


@pytest.fixture(scope="module")
async def limited(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with consumers; their queues are declared, and each case has a user of its name."""
    folder = tmp_path_factory.mktemp("doubtful")
    (folder / "doubtful.py").write_text(DOUBTFUL)
    whole = environment(node.start().url(), APP=LOOKED_AT)
    declare = ("hookline-workers", "topology", "declare", "doubtful")
    assert 0 == (await finished(*declare, env=whole, cwd=folder))[0]

    configure = rf"^{LOOKED_AT}\.control$"
    rights = {
        name.replace(" ", "-"): [configure, write.format(app=LOOKED_AT), read.format(app=LOOKED_AT)]
        for name, (write, read, *_) in PERMITTED.items()
    }
    let_in(node, folder, rights)
    return folder


@pytest.mark.xdist_group("permitted")
@pytest.mark.parametrize("case", PERMITTED)
async def test_what_a_worker_may_not_do_fails_the_check(url: str, limited: Path, case: str) -> None:
    _, _, code, says = PERMITTED[case]
    user = case.replace(" ", "-")
    own = as_user(url, user)
    env = environment(own, APP=LOOKED_AT, DECLARE="verify")
    checked = await finished("hookline-workers", "check", "doubtful", env=env, cwd=limited)
    assert code == checked[0], checked
    assert bool(says) == (f"wrong: user {user} may not " in checked[1])
    assert says.format(app=LOOKED_AT) in checked[1]
    assert "Traceback" not in checked[2]


async def test_what_an_ingress_may_not_do_fails_the_check_with_the_permissions_it_needs(
    node: Node, url: str, app: str, tmp_path: Path
) -> None:
    able = f"{app}-able"
    rights = {app: ("^$", "^$", rf"^{app}\."), able: permissions(app, Role.INGRESS)}
    let_in(node, tmp_path, rights)

    async def checked(user: str) -> tuple[int, str, str]:
        own = as_user(url, user)
        env = environment(own, APP=app, DECLARE="verify", SECRETS=STRONG)
        return await finished("hookline-ingress", "check", env=env)

    async with ingress(url, APP=app):
        without = await checked(app)
        with_them = await checked(able)
    assert (1, 0) == (without[0], with_them[0]), (without, with_them)
    assert f"wrong: user {app} may not publish to {app}.webhooks" in without[1]
    assert rf"write '^{app}\.(webhooks|in|pulse)$'" in without[1]


async def test_asking_what_is_permitted_publishes_and_takes_nothing(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    queue = await amqp.declare_queue(
        f"{app}.one", durable=True, arguments={"x-queue-type": "quorum"}
    )
    exchange = await amqp.declare_exchange(f"{app}.to", "fanout", durable=True)
    await queue.bind(exchange)
    await amqp.default_exchange.publish(Message(b"{}"), queue.name)
    async with connected([url], "test") as connection:
        for _ in range(30):  # more than the limit of deliveries that 4.x has by itself
            asked = await refused(connection, Permitted((exchange.name,), (queue.name,)))
            assert [] == asked
    got = await queue.get()
    assert (b"{}", 0) == (got.body, got.headers.get("x-delivery-count", 0))
    assert 0 == (got.message_count or 0)
    await got.ack()
