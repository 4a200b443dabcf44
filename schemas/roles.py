"""Who may do what on the broker: a user for each role of an app, and the permissions it needs.

A permission is a regular expression over names, for each of RabbitMQ's three ways of touching
something. `deploy/SECURITY.md` shows them for one app, and says what each role runs.
"""

from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """A part in a webhook's journey, with a user of its own."""

    INGRESS = "ingress"
    """`hookline-ingress`, where an operator declares; `check` and `secrets` read the pulse."""
    WORKER = "worker"
    """`hookline-workers run`, where an operator declares."""
    OPERATOR = "operator"
    """`hookline-workers dead-letters`, `journal`, `waiting`, `status`, `pause`, `resume`, `set`,
    `log`, `console`."""
    DECLARER = "declarer"
    """`topology declare` and `retire`; both commands with `HOOKLINE_DECLARE=create`."""
    MONITORING = "monitoring"
    """Whoever counts messages by the management API, as KEDA does; it reads none."""


class Permissions(NamedTuple):
    """What a user may declare and delete, publish to and bind, read from and bind to."""

    configure: str
    write: str
    read: str


NOTHING = "^$"
_ANY_WORD = "[^.]+"
_PARTITION = r"(\.p[0-9]+(\.held)?)?"


def user_name(app: str, role: Role) -> str:
    """Return what the user is called: `spiffy-worker`.

    The app's name stands first, so that an import meets no user of another system.
    """
    return f"{app}-{role}"


def tags(role: Role) -> tuple[str, ...]:
    """Return the tags of a role's user: without one, the management API is closed to it."""
    if role is Role.MONITORING:
        return ("monitoring",)
    return ()


def permissions(app: str, role: Role, consumer: str = "") -> Permissions:
    """Return the least that a role needs; a worker's for one consumer alone, where it is named."""
    named = rf"{app}\."
    whose = consumer or _ANY_WORD
    topic = rf"{_ANY_WORD}\.{_ANY_WORD}"
    work = rf"{whose}\.{topic}{_PARTITION}"

    match role:
        case Role.INGRESS:
            entries = rf"^{named}(webhooks|in|pulse)$"
            said = rf"^{named}pulse$"

            return Permissions(NOTHING, entries, said)
        case Role.WORKER:
            # Of dead queues it may only know how much lies there, for which 4.3 wants a permission,
            # whichever: to write to one it would need an exchange as well.
            copies = rf"^{named}(return|dead(\.{whose}\.{topic})?|control|pulse|retry\.[0-9]+s)$"
            consumed = rf"^{named}(unrouted|control|pulse|{work})$"
            return Permissions(NOTHING, copies, consumed)
        case Role.OPERATOR:
            moved = rf"^{named}(return|dead|unrouted|control|{work})$"
            streams = "control|pulse|journal"
            dead = rf"dead\.{_ANY_WORD}\.{topic}"
            letters = rf"^{named}({streams}|unrouted|{dead}|retry\.[0-9]+s)$"
            return Permissions(NOTHING, moved, letters)
        case Role.DECLARER:
            all_of_it = f"^{named}"

            return Permissions(all_of_it, all_of_it, all_of_it)
        case Role.MONITORING:
            return Permissions(NOTHING, NOTHING, NOTHING)
