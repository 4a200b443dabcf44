"""`dead-letters show --as-test`: which function is tested, and what is said of other letters."""

import argparse
import os
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import Any, cast

import pytest

from tests.workers.letters import ONE_TOPIC, PATTERN, letter, properties
from workers.broker.browse import HeldMessage
from workers.commands import letter_trial
from workers.commands.dead_letters import print_test, show_letters
from workers.commands.letter_trial import _home_of
from workers.letter import Letter
from workers.settings import Settings, SettingsError

BOOKING = "def book(payload):\n    pass\n"
CONSUMERS = '@consumer("orders/create", name="erp-1")\ndef handle(delivery):\n    pass\n'


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an author's package, from where commands are run."""
    package = tmp_path / "my_shop"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "booking.py").write_text(BOOKING)
    (package / "consumers.py").write_text(CONSUMERS)
    monkeypatch.chdir(tmp_path)
    return package


def traceback(*files: Path) -> str:
    """Return a traceback through these files."""
    return "".join(f'  File "{file}", line 1, in x\n' for file in files)


def test_the_consumer_is_where_its_function_is_and_has_that_functions_name(shop: Path) -> None:
    through = traceback(shop / "booking.py", shop / "consumers.py")
    assert ("my_shop.consumers", "handle") == _home_of("erp-1", through)
    assert ("my_shop.booking", "") == _home_of("mail", through)
    assert ("", "") == _home_of("erp-1", traceback(shop / "gone.py"))


async def letters(*those: Letter) -> AsyncGenerator[tuple[Letter, HeldMessage], None]:
    """Find these."""
    for one in those:
        held: Any = argparse.Namespace(properties=properties(), body=b"{}")
        yield one, cast("HeldMessage", held)


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ([], ""),
        ([PATTERN], "left out: 1 more of this id, of mail (--consumer mail)\n"),
        ([PATTERN, PATTERN], "left out: 2 more of this id, of mail (--consumer mail)\n"),
    ],
)
async def test_the_first_letter_is_written_and_of_whom_there_are_others_is_said(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    others: Iterable[Any],
    told: str,
) -> None:
    written: list[str] = []
    module = "workers.commands.dead_letters.write_test"
    monkeypatch.setattr(module, lambda one, *_: written.append(one.consumer))
    found = [letter(ONE_TOPIC), *(letter(queue) for queue in others)]
    assert len(found) == await print_test(letters(*found))
    assert ["erp"] == written
    assert told == capsys.readouterr().err


def test_where_the_function_is_not_seen_who_reads_is_told_what_to_put_there(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_trial, "STDOUT", Path(os.devnull))
    beside = letter(webhook_traceback=traceback(shop / "booking.py"))
    there = properties(webhook_traceback=traceback(shop / "booking.py"))
    letter_trial.write_test(beside, there, b"{}")
    told = capsys.readouterr()
    assert "from my_shop.booking import erp\n" in told.out
    assert "put the module and the function of erp for my_shop.booking and erp" in told.err


async def test_what_lies_unrouted_makes_no_test() -> None:
    asked = ("group", "consumer", "topic", "reason", "shop", "error", "since", "until", "limit")
    arguments = argparse.Namespace(
        **dict.fromkeys(asked), id=None, shown="w1", as_test=True, unrouted=True, json=False
    )
    with pytest.raises(SettingsError, match="leave --unrouted out"):
        await show_letters(arguments, Settings.model_construct(app="app"))
