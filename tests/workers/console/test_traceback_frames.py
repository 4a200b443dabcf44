"""Tracebacks, folded to what their author wrote."""

from workers.console.traceback_frames import folded

OURS = """\
  File "/srv/.venv/lib/python3.11/site-packages/workers/attempt.py", line 169, in _handle
    value = await work()
            ^^^^^^^^^^^^
  File "/app/workers/attempt.py", line 12, in again
    await it"""
AUTHORS = """\
  File "/srv/shop/consumers.py", line 24, in erp
    tax_of(delivery.payload)
  File "/srv/shop/workers/own.py", line 18, in tax_of
    return str(order["tax"])"""
THEIRS = """\
  File "/usr/lib/python3.11/json/decoder.py", line 337, in decode
    obj, end = self.raw_decode(s)"""
WHOLE = f"Traceback (most recent call last):\n{OURS}\n{AUTHORS}\n{THEIRS}\nKeyError: 'tax'\n"


def test_frames_of_others_are_folded_and_the_authors_are_not() -> None:
    shown = [(piece.text, piece.frames, piece.is_folded) for piece in folded(WHOLE)]
    assert [
        ("Traceback (most recent call last):", 0, False),
        (OURS, 2, True),
        (AUTHORS, 2, False),
        (THEIRS, 1, True),
        ("KeyError: 'tax'", 0, False),
    ] == shown


def test_nothing_is_lost_by_folding() -> None:
    assert WHOLE.strip() == "\n".join(piece.text for piece in folded(WHOLE))


def test_where_no_frame_is_the_authors_none_is_folded() -> None:
    (piece,) = folded(f"Traceback (most recent call last):\n{THEIRS}\nValueError: no\n")
    assert not piece.is_folded


def test_no_traceback_is_nothing() -> None:
    assert () == folded("")
