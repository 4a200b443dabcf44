"""`topology verify` with the management API: bindings, policies and users, on a real broker."""

import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aio_pika
import aiohttp
import pytest
from yarl import URL

from deploy.local.rabbitmq import Node
from runtime.ports import free_ports
from schemas.roles import Role, user_name
from tests.system.processes import BIN, HERE, environment, finished
from tests.system.waiting import until

PASSWORD = "pa55word"
CONFIG = "management.tcp.port = {port}\nmanagement.tcp.ip = 127.0.0.1\n"


@dataclass
class Managed:
    """A broker with a management API, on which an operator has imported the export of an app."""

    node: Node
    port: int
    folder: Path
    app: str = "shown"

    def api(self, user: str = "guest:guest") -> str:
        """Return the API's URL for a user."""
        return f"http://{user}@127.0.0.1:{self.port}/"

    def env(self, **settings: str | None) -> dict[str, str]:
        """Return the environment of a command that knows the API."""
        known: dict[str, str | None] = {"APP": self.app, "MANAGEMENT_URL": self.api()}
        return environment(self.node.url(), **(known | settings))

    def import_export(self) -> None:
        """Do what the README of deploy/broker says."""
        command = [f"{BIN}/hookline-workers", "topology", "export", "consumers"]
        exported = subprocess.run(
            [*command, "--passwords", str(self.folder)],
            env=self.env(),
            cwd=HERE,
            capture_output=True,
            check=True,
        )
        file = self.folder / "definitions.json"
        file.write_bytes(exported.stdout)
        self.node.ctl("import_definitions", str(file))


@pytest.fixture(scope="module")
def managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Managed]:
    """The broker of this file."""
    folder = tmp_path_factory.mktemp("managed")
    (port,) = free_ports(1)
    config = CONFIG.format(port=port)
    node = Node(folder / "node", config=config, plugins=["rabbitmq_management"])
    for role in Role:
        (folder / role).write_text(PASSWORD)
    try:
        node.start()
        broker = Managed(node, port, folder)
        broker.import_export()
        yield broker
    finally:
        node.stop()


@pytest.fixture
async def channel(managed: Managed) -> AsyncIterator[Any]:
    """A channel to spoil things with."""
    async with await aio_pika.connect(managed.node.url()) as connection:
        async with connection.channel() as opened:
            yield await opened.get_underlay_channel()


async def verified(managed: Managed, **settings: str | None) -> tuple[int, list[str]]:
    """Return what `topology verify` says, and its exit code."""
    code, out, err = await finished(
        "hookline-workers", "topology", "verify", "consumers", env=managed.env(**settings)
    )
    return code, (out + err).splitlines()


pytestmark = [
    pytest.mark.xdist_group("managed"),
    pytest.mark.slow("boots a broker; the unit tests of `workers/verifying` hold what it decides"),
]


async def test_what_was_imported_is_found_as_it_should_be(managed: Managed) -> None:
    code, lines = await verified(managed)
    assert 0 == code, lines
    assert "are as they should be" in lines[0]
    assert re.fullmatch(
        r"compared by the management API: \d+ bindings, policies; users of the roles", lines[1]
    )


async def test_an_import_that_is_done_again_changes_nothing(managed: Managed) -> None:
    managed.import_export()
    assert 0 == (await verified(managed))[0]
    url = f"amqp://{user_name(managed.app, Role.INGRESS)}:{PASSWORD}@127.0.0.1:{managed.node.port}/"
    async with await aio_pika.connect(url):
        pass  # the password is the one of the file still


async def test_every_difference_is_told_in_a_line_of_its_own_with_the_way_out(
    managed: Managed, channel: Any
) -> None:
    app = managed.app
    node = managed.node
    work = f"{app}.taker.orders.create"
    ingress = user_name(app, Role.INGRESS)
    await channel.queue_unbind(work, f"{app}.webhooks", "orders.create.*")
    await channel.queue_declare("tap", durable=True)
    await channel.queue_bind("tap", f"{app}.webhooks", "#")
    node.ctl("set_policy", "-p", "/", "limits", rf"^{app}\.picky", '{"max-length": 10}')
    node.ctl("set_permissions", "-p", "/", ingress, ".*", ".*", ".*")
    node.ctl("delete_user", user_name(app, Role.OPERATOR))

    async def all_told() -> list[str]:
        code, lines = await verified(managed)
        assert (3, "differs:") == (code, lines[0])
        return lines[1:-1] if len(lines) == 7 else []

    told = await until(all_told, what="all five, which the API shows within seconds")
    for begins, way_out in (
        (f"binding {app}.webhooks → {work} by orders.create.* is missing", "topology declare"),
        (
            f"binding {app}.webhooks → tap by #",
            f"DELETE /api/bindings/%2F/e/{app}.webhooks/q/tap/%23",
        ),
        (f"queue {app}.picky.orders.create: policy limits says max-length 10", "list_policies"),
        (
            f"user {ingress} may '.*' '.*' '.*'",
            rf"set_permissions -p / {ingress} '^$' '^{app}\.(webhooks|in|pulse)$' '^{app}\.pulse$'",
        ),
        (f"user {user_name(app, Role.OPERATOR)} is missing", "topology export --users"),
    ):
        (line,) = [line for line in told if line.startswith(begins)]
        assert way_out in line

    checked = await finished("hookline-workers", "check", "consumers", env=managed.env())
    assert 3 == checked[0]
    assert set(told) <= set(checked[1].splitlines()), "`check` sees the same"

    (path,) = [line.partition("DELETE ")[2] for line in told if "→ tap" in line]
    url = URL(f"{managed.api().rstrip('/')}{path}", encoded=True)
    async with aiohttp.ClientSession() as session, session.delete(url) as answer:
        assert 204 == answer.status
    node.ctl("clear_policy", "-p", "/", "limits")
    await channel.queue_delete("tap")
    managed.import_export()

    async def agrees() -> bool:
        return (await verified(managed))[0] == 0

    await until(agrees, what="what the other lines want done, done by an import")


async def test_who_may_not_see_users_is_told_so_and_the_rest_is_compared(managed: Managed) -> None:
    counting = f"{user_name(managed.app, Role.MONITORING)}:{PASSWORD}"
    code, lines = await verified(managed, MANAGEMENT_URL=managed.api(counting))
    assert 0 == code, lines
    assert "users only for a user with the tag administrator" in lines[-1]


async def test_an_app_without_users_of_its_own_is_as_it_should_be(
    managed: Managed, app: str
) -> None:
    env = managed.env(APP=app)
    assert 0 == (await finished("hookline-workers", "topology", "declare", "consumers", env=env))[0]
    code, lines = await verified(managed, APP=app)
    assert 0 == code, lines
    assert f"no users, as none stands for a role of {app}" in lines[-1]


async def test_what_is_missing_altogether_is_told_once_and_not_for_each_binding(
    managed: Managed, app: str
) -> None:
    code, lines = await verified(managed, APP=app)
    assert 3 == code
    assert not [line for line in lines if line.startswith("binding")]
    assert all("topology declare` makes it" in line for line in lines[1:-1])


REFUSED = [
    ("guest:wr0ng-one", "it refuses user guest: a wrong password, or none of the tags"),
    (
        "shown-worker:pa55word",
        "it refuses user shown-worker: a wrong password, or none of the tags",
    ),
]


@pytest.mark.parametrize(("user", "told"), REFUSED)
async def test_an_api_that_does_not_let_us_in_is_told_without_the_password(
    managed: Managed, user: str, told: str
) -> None:
    code, lines = await verified(managed, MANAGEMENT_URL=managed.api(user))
    assert 1 == code
    (line,) = lines
    assert told in line
    assert user.partition(":")[2] not in line


async def test_an_api_that_is_not_there_is_told(managed: Managed) -> None:
    (port,) = free_ports(1)
    code, lines = await verified(managed, MANAGEMENT_URL=f"http://guest:s3cret@127.0.0.1:{port}/")
    assert 1 == code
    assert lines[0].startswith(f"management API at 127.0.0.1:{port}: ")
    assert "s3cret" not in lines[0]


async def test_the_url_can_stand_in_a_file_and_leave_the_user_to_the_brokers(
    managed: Managed, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text(f"http://127.0.0.1:{managed.port}\n")
    code, lines = await verified(
        managed, MANAGEMENT_URL=None, MANAGEMENT_URL_FILE=str(tmp_path / "url")
    )
    assert 0 == code, lines
    assert lines[-1].endswith("users of the roles")
