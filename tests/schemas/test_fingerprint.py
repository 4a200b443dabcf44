"""What is one group of dead letters, and what is not. Tracebacks are Python's own."""

import os
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import failure
from schemas.fingerprint import FORM, fingerprint, own_frame

BOOKED = """\
Traceback (most recent call last):
  File "/work/hookline/workers/attempt.py", line 155, in _handle
    value = await work()
  File "/srv/v1/shop/erp.py", line {line}, in book
    client.post(order)
  File "/srv/v1/.venv/lib/python3.13/site-packages/httpx/_client.py", line 9, in post
    raise ConnectError
httpx.ConnectError: refused
"""
FIRST = BOOKED.format(line=10)
LATER = BOOKED.format(line=99).replace("/srv/v1/", "/srv/v2/")


def test_the_line_the_release_and_the_text_make_no_other_group() -> None:
    one = fingerprint("exhausted", "ConnectError: refused", FIRST)
    assert one == fingerprint("exhausted", "ConnectError: reset by 10.0.0.7", LATER)


@pytest.mark.parametrize(
    ("reason", "error", "traceback"),
    [
        ("expired", "ConnectError: refused", FIRST),
        ("exhausted", "ReadError: refused", FIRST),
        ("exhausted", "ConnectError: refused", FIRST.replace("erp.py", "mail.py")),
        ("exhausted", "ConnectError: refused", FIRST.replace("in book", "in unbook")),
        ("exhausted", "ConnectError: refused", ""),
    ],
    ids=["reason", "type", "file", "function", "no traceback"],
)
def test_another_reason_type_or_place_is_another_group(
    reason: str, error: str, traceback: str
) -> None:
    assert fingerprint("exhausted", "ConnectError: refused", FIRST) != fingerprint(
        reason, error, traceback
    )


def test_wrong_fields_are_no_types() -> None:
    assert fingerprint("invalid_payload", "total: Field required", "") == fingerprint(
        "invalid_payload", "email: Field required", ""
    )


def test_the_deepest_frame_is_of_neither_a_package_nor_the_library_nor_ours() -> None:
    assert "shop/erp.py in book" == own_frame(FIRST)
    here = Path(__file__).parents[2]
    for foreign in (
        "/usr/lib/python3/dist-packages/x.py",
        "/usr/lib/python3.11/asyncio/tasks.py",
        f"{os.path.dirname(os.__file__)}/json/decoder.py",
        f"{here}/workers/attempt.py",
        f"{here}/schemas/body.py",
        "<frozen importlib._bootstrap>",
        "<string>",
    ):
        deeper = f'{FIRST}  File "{foreign}", line 1, in inner\n'
        assert "shop/erp.py in book" == own_frame(deeper), foreign


def test_code_that_is_all_installed_has_the_place_where_it_begins() -> None:
    packages = "/srv/.venv/lib/python3.13/site-packages"
    installed = FIRST.replace("/work/hookline", packages).replace(
        "/srv/v1/shop", f"{packages}/shop"
    )
    assert "shop/erp.py in book" == own_frame(installed)


def test_an_authors_own_folder_called_workers_is_the_authors() -> None:
    assert "workers/erp.py in book" == own_frame(FIRST.replace("/shop/", "/shop/workers/"))


def test_a_time_out_without_frames_has_the_place_of_its_cause() -> None:
    page = FIRST + "\nThe above exception was the direct cause\n\nTimeoutError: no end after 30 s\n"
    assert "shop/erp.py in book" == own_frame(page)


def test_a_member_of_a_group_has_its_place() -> None:
    assert "shop/erp.py in book" == own_frame(textwrap.indent(FIRST, "  | "))


def test_what_a_handler_raises_is_found_in_the_traceback_that_we_write(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "ledger.py").write_text("import json\ndef book(text):\n    return json.loads(text)\n")
    scope: dict[str, object] = {}
    exec(compile((folder / "ledger.py").read_text(), str(folder / "ledger.py"), "exec"), scope)  # noqa: S102
    book = scope["book"]
    assert callable(book)
    try:
        book("{")
    except ValueError as error:
        traceback = failure.with_traceback(error)
    assert "decoder.py" in traceback
    # The test's own frame is outermost, and an author's as well as any.
    assert "shop/ledger.py in book" == own_frame(traceback)


@given(st.text(), st.text(), st.text())
def test_whatever_is_written_has_a_fingerprint(reason: str, error: str, traceback: str) -> None:
    assert FORM.fullmatch(fingerprint(reason, error, traceback))
