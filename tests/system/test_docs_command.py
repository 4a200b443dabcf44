"""`hookline-workers docs`: what is printed, and what is written, wherever it is."""

import json
from pathlib import Path

from tests.system.processes import environment, finished

PASSWORD = "pa55word"
URL = f"amqp://user:{PASSWORD}@broker/"


async def docs(*arguments: str, **settings: str | None) -> tuple[int, str, str]:
    """Run the command with the consumers of the system tests."""
    env = environment(URL, **{"APP": "shop", **settings})
    return await finished("hookline-workers", "docs", *arguments, env=env)


async def test_the_document_is_printed_without_a_broker_and_has_no_secret() -> None:
    told = await docs("consumers")
    assert (0, "") == (told[0], told[2])
    assert told == await docs("consumers", AMQP_URL=None)
    assert PASSWORD not in told[1]

    whole = json.loads(told[1])
    assert "3.0.0" == whole["asyncapi"]
    assert "shop.taker.orders.create" in whole["channels"]


async def test_filters_narrow_it_down() -> None:
    _, out, _ = await docs("consumers", "--consumer", "taker", "--topic", "orders/create")
    assert ["shop.taker.orders.create"] == [*json.loads(out)["channels"]]


async def test_files_are_written_into_a_folder_and_a_second_time_are_the_same(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "new/docs"
    code, out, err = await docs("consumers", "--to", str(folder))
    assert (0, "") == (code, err)

    written = {str(path): path.read_text() for path in folder.rglob("*.json")}
    assert sorted(written) == sorted(out.splitlines())
    assert {"asyncapi.json", "Order.json"} <= {Path(path).name for path in written}

    assert (0, out, "") == await docs("consumers", "--to", str(folder))
    assert written == {str(path): path.read_text() for path in folder.rglob("*.json")}


async def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, out, err = await docs("consumers", "--to", str(tmp_path / "file"))
    assert (1, "") == (code, out)
    assert "not written: " in err
