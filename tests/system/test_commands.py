"""The commands as a shell sees them: exit codes, what they print, what they leave on the broker."""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from aio_pika.abc import AbstractChannel

from deploy.local.rabbitmq import Node
from tests.system.processes import BIN, HERE, environment, finished, ingress, started, worker
from tests.system.record import Record, handled
from tests.system.samples import BODIES, ORDER, SECRET, SHOP
from tests.system.waiting import until

ROOT = Path(__file__).parents[2]
STRONG = "5ca1ab1e0ddba11c0ffee0facade5eed"
"""A secret that `check` finds nothing wrong with."""
WRONG_USE = [
    ("hookline-ingress", ["dance"], "invalid choice"),
    (
        "hookline-ingress",
        ["send", "orders/create", "nowhere.json", "--shop", SHOP, "--to", "http://x"],
        "no such file",
    ),
    ("hookline-ingress", ["send"], "say also TOPIC, FILE, --to; or send --sample orders/create"),
    ("hookline-ingress", ["send", "--sample", "comets/create"], "there is no such sample"),
    ("hookline-ingress", ["send", "a/b", "--sample", "a/b"], "leave them out"),
    ("hookline-workers", [], "COMMAND"),
    ("hookline-workers", ["run", "no_such_module"], "cannot be imported"),
    ("hookline-workers", ["run", "consumers", "--consumer", "nobody"], "there are: taker"),
    ("hookline-workers", ["run", "consumers", "--topic", "orders/none"], "orders/none"),
    ("hookline-workers", ["dead-letters", "show"], "ID"),
    ("hookline-workers", ["dead-letters", "replay"], "or --all"),
    ("hookline-workers", ["dead-letters", "drop", "--limit", "5"], "or --all"),
    ("hookline-workers", ["dead-letters", "list", "--since", "1h", "--until", "2h"], "before"),
    ("hookline-workers", ["dead-letters", "list", "--group", "x"], "8 hexadecimal"),
    (
        "hookline-workers",
        ["dead-letters", "list", "--unrouted", "--reason", "crashed"],
        "no consumer",
    ),
    ("hookline-workers", ["dead-letters", "import", "nowhere.jsonl"], "No such file"),
]


@pytest.mark.parametrize(("command", "arguments", "told"), WRONG_USE)
async def test_wrong_usage_exits_2_and_says_what_to_do(
    url: str, command: str, arguments: list[str], told: str
) -> None:
    code, _, err = await finished(command, *arguments, env=environment(url))
    assert code == 2
    assert told in err


@pytest.mark.parametrize(
    "command", [["hookline-ingress"], ["hookline-workers", "run", "consumers"]]
)
async def test_bad_settings_exit_2_with_the_variable_and_without_the_secret(
    command: list[str],
) -> None:
    env = environment("http://user:pa55word@x", PORT="eighty", ADMIN_PORT="ninety")
    code, out, err = await finished(*command, env=env)
    assert code == 2
    assert "HOOKLINE_AMQP_URL" in err
    assert "HOOKLINE_ADMIN_PORT='ninety'" in err
    assert "pa55word" not in out + err
    assert SECRET not in out + err


@pytest.mark.parametrize(
    "written", ["secrets = 5", "secrets = 2026-11-25", 'secrets = "x"\ntopics = [5]']
)
async def test_a_wrong_type_in_the_apps_file_exits_2_with_its_key_and_without_a_traceback(
    tmp_path: Path, written: str
) -> None:
    (tmp_path / "apps.toml").write_text(f"[apps.one]\n{written}\n")
    env = environment("amqp://x", SECRETS=None, APPS_FILE=str(tmp_path / "apps.toml"))
    code, out, err = await finished("hookline-ingress", env=env)
    assert (2, "") == (code, out)
    (line,) = err.splitlines()
    assert line.startswith(f"[apps.one] {written.splitlines()[-1].split()[0]}: ")


async def test_one_environment_with_an_apps_file_does_for_both_commands(
    url: str, app: str, tmp_path: Path, record: Record
) -> None:
    (tmp_path / "apps.toml").write_text(
        f'[apps.{app}]\nsecrets = {{current = "{SECRET}"}}\n[apps.{app}b]\nsecrets = "other"\n'
    )
    settings: dict[str, Any] = {"SECRETS": None, "APPS_FILE": str(tmp_path / "apps.toml")}
    code, _, err = await finished(
        "hookline-workers", "check", "consumers", env=environment(url, **settings)
    )
    assert (2, True) == (code, f"has several apps: {app}, {app}b" in err)
    async with ingress(url, APP=app, **settings) as door:
        async with worker(url, "--consumer", "taker", APP=app, **settings):
            identity = await door.accepted("orders/create", ORDER, app=app)
            (line,) = await handled(record, "taker")
    assert identity == line["id"]


LINKS = {
    "SERVICE_HOST": "10.0.0.1",
    "SERVICE_PORT_HTTP": "8080",
    "PORT": "tcp://10.0.0.1:8080",
    "PORT_8080_TCP_ADDR": "10.0.0.1",
    "INGRESS_SERVICE_HOST": "10.0.0.2",
    "INGRESS_PORT": "tcp://10.0.0.2:8080",
}


@pytest.mark.parametrize("processes", [[], ["--processes", "2"]], ids=["one", "two"])
async def test_both_commands_start_beside_services_called_hookline_and_say_so_in_a_line(
    url: str, app: str, tmp_path: Path, processes: list[str]
) -> None:
    (tmp_path / "port").write_text(
        "0\n"
    )  # the ports are read from files, which a process's children must not meet
    files = {
        "PORT_FILE": str(tmp_path / "port"),
        "ADMIN_PORT": None,
        "ADMIN_PORT_FILE": str(tmp_path / "port"),
    }
    settings: dict[str, Any] = {"APP": app, **files, **LINKS}
    serve = ["serve", *processes] if processes else []
    async with (
        ingress(url, *serve, **settings) as door,
        worker(url, "--consumer", "taker", *processes, **settings) as workers,
    ):
        told = [
            process.events("settings.service_links_ignored")[0]["variables"]
            for process in (door, workers)
        ]
    names = sorted(f"HOOKLINE_{name}" for name in LINKS)
    assert [names, names] == told


async def test_topology_is_shown_exported_declared_and_verified(
    node: Node, url: str, app: str, amqp: AbstractChannel
) -> None:
    env = environment(url, APP=app)
    shown = await finished("hookline-workers", "topology", "show", "consumers", env=env)
    missing = await finished("hookline-workers", "topology", "verify", "consumers", env=env)
    exported = await finished("hookline-workers", "topology", "export", "consumers", env=env)
    assert (0, 3, 0) == (shown[0], missing[0], exported[0])
    assert f"{app}.taker.orders.create" in shown[1]
    assert f"queue {app}.taker.orders.create is missing" in missing[1]

    file = node.folder / "definitions.json"
    file.write_text(json.dumps(json.loads(exported[1])))
    node.ctl("import_definitions", str(file))
    verified = await finished("hookline-workers", "topology", "verify", "consumers", env=env)
    checked = await finished("hookline-workers", "check", "consumers", env=env)
    declared = await finished("hookline-workers", "topology", "declare", "consumers", env=env)
    assert (0, 0, 0) == (verified[0], checked[0], declared[0]), verified[1]

    await amqp.queue_delete(f"{app}.unrouted")
    await amqp.declare_queue(f"{app}.unrouted", durable=True)
    differs = await finished("hookline-workers", "topology", "verify", "consumers", env=env)
    assert differs[0] == 3
    assert f"queue {app}.unrouted" in differs[1]
    assert "inequivalent arg" in differs[1]


OTHER_CLIENT = """
import aiormq

def init(self, *arguments, init=aiormq.Connection.__init__, transport_factory=None, **options):
    init(self, *arguments, **options)

aiormq.Connection.__init__ = init
"""
"""Stands for a version of the client that cannot be installed here: one that knows no transports
but its own.
"""


@pytest.mark.parametrize(
    "command", [["hookline-ingress"], ["hookline-workers", "run", "consumers"]]
)
async def test_an_amqp_client_that_is_not_ours_ends_the_start_and_names_the_way_out(
    url: str, app: str, tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "sitecustomize.py").write_text(OTHER_CLIENT)
    env = environment(url, APP=app) | {"PYTHONPATH": str(tmp_path)}
    code, out, err = await finished(*command, env=env)
    assert code == 1, out
    assert "aiormq 7" in err
    assert "deploy/requirements/run.txt" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "command", [["hookline-ingress"], ["hookline-workers", "run", "consumers"]]
)
async def test_verify_only_does_not_start_on_a_broker_that_lacks_something(
    url: str, app: str, command: list[str]
) -> None:
    code, out, err = await finished(*command, env=environment(url, APP=app, DECLARE="verify"))
    assert code == 1
    assert f"{app}.webhooks is missing" in out + err


async def test_send_signs_as_the_platform_does_and_prints_the_answer(url: str, app: str) -> None:
    async with ingress(url, APP=app) as door:
        to = ["--shop", SHOP, "--to", f"http://127.0.0.1:{door.port}/webhooks"]
        good = await finished(
            "hookline-ingress",
            "send",
            "orders/create",
            str(BODIES / "order.xml"),
            *to,
            env=environment(url),
        )
        bad = await finished(
            "hookline-ingress", "send", "orders/create", str(BODIES / "order.json"), *to,
            env=environment(url, SECRETS="guessed"),
        )  # fmt: skip
        sample = await finished(
            "hookline-ingress", "send", "--sample", "orders/create", "--set", "currency=NZD", *to,
            env=environment(url),
        )  # fmt: skip
    gone = await finished(
        "hookline-ingress", "send", "a/b", str(BODIES / "order.json"), *to, env=environment(url)
    )
    assert (0, "200") == (good[0], good[1][:3])
    assert (1, "401") == (bad[0], bad[1][:3])
    assert (0, "200") == (sample[0], sample[1][:3])
    assert gone[0] == 1
    assert "no answer from" in gone[1]


async def test_check_tells_what_is_configured_and_what_the_broker_lacks(url: str, app: str) -> None:
    env = environment(url, APP=app, SECRETS=STRONG)
    before = await finished("hookline-ingress", "check", env=env)
    async with ingress(url, APP=app):
        after = await finished("hookline-ingress", "check", env=env)
    assert (3, 0) == (before[0], after[0])
    assert f"exchange {app}.webhooks is missing" in before[1]
    assert f"app {app}: spiffy, base64 signatures, secrets secret-1, any topic" in after[1]
    assert STRONG not in after[1]


async def test_a_letter_that_is_not_there_is_1_for_who_asks_for_it_and_a_limit_limits(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    env = environment(url, APP=app)
    queue = ("--consumer", "picky", "--topic", "orders/create")

    async def letters(*arguments: str) -> tuple[int, str, str]:
        return await finished("hookline-workers", "dead-letters", *arguments, env=env)

    async def all_are_there() -> bool:
        """The broker takes what was held back a moment after it was let go."""
        dead = await amqp.declare_queue(f"{app}.dead.picky.orders.create", passive=True)
        return dead.declaration_result.message_count == 3

    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "picky", APP=app) as workers,
    ):
        assert (0, "", "no dead letter\n") == await letters("list")
        assert (1, "", "no dead letter with id w1\n") == await letters("show", "--id", "w1")
        assert (1, "", "0 replayed\n") == await letters("replay", "--id", "w1")
        ids = [
            await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
            for number in range(3)
        ]
        for identity in ids:
            await workers.event("delivery.dead", id=identity)

        await until(all_are_there, what="three letters")
        code, out, _ = await letters("list", "--limit", "2")
        header, *rows = out.splitlines()
        assert (0, "id", 2) == (code, header.split()[0], len(rows))
        record.touch(".content")
        await until(all_are_there, what="three letters again")
        code, out, err = await letters("replay", *queue, "--limit", "1", "--json")
        assert (0, "1 replayed\n") == (code, err)
        replayed = json.loads(out)["id"]
        await workers.event("delivery.done", id=replayed)

        async def left() -> bool:
            rows = [json.loads(line) for line in (await letters("list", "--json"))[1].splitlines()]
            return {row["id"] for row in rows} == set(ids) - {replayed}

        await until(left, what="the other two, which were only looked at")
    assert [replayed] == [line["id"] for line in record.lines("picky")[3:]]


LOOKS = [
    (["hookline-ingress", "check"], 3),
    (["hookline-workers", "check", "consumers"], 3),
    (["hookline-workers", "topology", "verify", "consumers"], 3),
    (["hookline-workers", "topology", "show", "consumers"], 0),
    (["hookline-workers", "topology", "export", "consumers"], 0),
    (["hookline-workers", "dead-letters", "list"], 2),
    (["hookline-workers", "topology", "retire", "taker", "--dry-run"], 2),
]


async def test_who_only_looks_leaves_nothing_behind_on_the_broker(
    node: Node, url: str, app: str
) -> None:
    for number, (command, code) in enumerate(LOOKS):
        env = environment(url, APP=f"{app}-{number}")
        assert code == (await finished(*command, env=env))[0], command

    there = [
        node.ctl(listing, "name", "--quiet", "--no-table-headers").split()
        for listing in ("list_queues", "list_exchanges")
    ]
    assert [] == [name for names in there for name in names if name.startswith(f"{app}-")]
    assert there[1], "the broker has exchanges of its own"


async def test_two_apps_on_one_ingress_are_posted_to_and_signed_for_by_name(
    url: str, app: str, tmp_path: Path
) -> None:
    (tmp_path / "apps.toml").write_text(
        f'[apps.{app}]\nsecrets = "hush"\n[apps.{app}b]\nsecrets = "rusty"\n'
    )
    settings: dict[str, Any] = {"SECRETS": None, "APPS_FILE": str(tmp_path / "apps.toml")}
    env = environment(url, **settings)
    send = ["send", "orders/create", str(BODIES / "order.json"), "--shop", SHOP, "--to"]
    async with ingress(url, **settings) as door:
        host = f"http://127.0.0.1:{door.port}/webhooks"
        answers = {}
        for name in (app, f"{app}b"):
            for path in ("", f"/{app}", f"/{app}b"):
                code, out, _ = await finished(
                    "hookline-ingress", *send, f"{host}{path}", "--app", name, env=env
                )
                answers[name, path] = (code, out.split()[0], "unknown_app" in out)
    unnamed = await finished("hookline-ingress", *send, host, env=env)
    assert {
        (app, ""): (1, "404", True),
        (app, f"/{app}"): (0, "200", False),
        (app, f"/{app}b"): (1, "401", False),
        (f"{app}b", ""): (1, "404", True),
        (f"{app}b", f"/{app}"): (1, "401", False),
        (f"{app}b", f"/{app}b"): (0, "200", False),
    } == answers
    assert (2, f"--app: say whose secret signs: {app}, {app}b\n") == (unnamed[0], unnamed[2])


@pytest.mark.parametrize(
    "command", [["hookline-ingress"], ["hookline-workers", "run", "consumers"]]
)
async def test_log_lines_are_text_on_a_terminal_and_else_json(
    url: str, app: str, command: list[str]
) -> None:
    env = environment(url, APP=app, LOG_FORMAT=None)
    terminal, theirs = os.openpty()
    shown = await asyncio.create_subprocess_exec(
        BIN / command[0], *command[1:], env=env, cwd=HERE, stderr=theirs
    )
    os.close(theirs)
    try:
        first = await asyncio.to_thread(os.read, terminal, 500)
    finally:
        shown.terminate()
        await shown.wait()
        os.close(terminal)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", first.decode(errors="replace"))
    assert re.match(r"\S+ \[info *\] \w+\.started ", plain), plain

    async with started(command, env) as process:
        await process.event("broker.connected")
        assert json.loads(process.written.splitlines()[0])["event"].endswith(".started")


@pytest.mark.parametrize("is_installed", [True, False])
async def test_without_a_module_the_consumers_of_installed_packages_are_meant(
    app: str, tmp_path: Path, *, is_installed: bool
) -> None:
    offered = tmp_path / "shop-1.dist-info"
    offered.mkdir()
    (tmp_path / "sold.py").write_text((HERE / "troublesome.py").read_text())
    (offered / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1\n")
    (offered / "entry_points.txt").write_text("[hookline.consumers]\nshop = sold\n")
    env = environment("amqp://nowhere", APP=app) | (
        {"PYTHONPATH": str(tmp_path)} if is_installed else {}
    )
    code, out, err = await finished("hookline-workers", "topology", "show", env=env, cwd=ROOT)
    assert (0 if is_installed else 2) == code, err
    assert is_installed == (f"{app}.speechless.orders.create" in out)
    assert is_installed != ("no consumer: name a module" in err)
