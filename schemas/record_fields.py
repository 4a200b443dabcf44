"""Fields of records that anybody may have written: what is no such value reads as none. Pure."""

LARGEST = 2**53
"""Beyond it, a number is no time and no count of ours, and other readers of JSON round it."""


def text(value: object) -> str:
    """Return a text; the empty one where it is none."""
    if isinstance(value, str):
        return value
    return ""


def number(value: object) -> int:
    """Return a whole number; 0 where it is none, or out of all bounds."""
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    if abs(value) > LARGEST:
        return 0
    return value


def is_number_or_none(value: object) -> bool:
    """Tell whether it is a whole number from 0 on within bounds, or not there at all."""
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return 0 <= value <= LARGEST
