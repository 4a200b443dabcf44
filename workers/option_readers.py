"""Readers of options, for argparse: each shows people what is wrong with a text."""

import argparse
from time import time

from schemas.printable import printable
from workers import durations
from workers.durations import BadDuration
from workers.operate.limits import MAX_RATE

MAX_NAME = 80
"""Characters of a name."""


def duration(text: str) -> int:
    """Return a duration's seconds."""
    try:
        return durations.duration(text)
    except BadDuration as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def moment(text: str) -> int:
    """Return a moment in milliseconds since 1970."""
    now_ms = int(time() * 1000)
    try:
        return durations.moment(text, now_ms)
    except BadDuration as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def name(text: str) -> str:
    """Return a name that an operator gives to what he does."""
    if not text or len(text) > MAX_NAME or printable(text) != text:
        raise argparse.ArgumentTypeError(f"a name has 1 to {MAX_NAME} printable characters")
    return text


def rate(text: str) -> float:
    """Return how many a second."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= MAX_RATE:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of letters a second, above 0 and up to {MAX_RATE}"
        )
    return number


def positive(text: str) -> int:
    """Return a number from 1 on, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)
