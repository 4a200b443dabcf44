"""The table in PostgreSQL that claims are rows of, and the statements that make, keep and end them.

    key      app/consumer/id
    owner    whose claim it is, until it is kept
    kept     whether what it is for has been done
    ends     when nobody need know of it any more

Times are the server's: no clock of a worker's counts. Placeholders are those of asyncpg.
"""

import re

TABLE = "hookline_once"

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,50}(\.[a-z_][a-z0-9_]{0,50})?")

_SCHEMA = """\
CREATE TABLE IF NOT EXISTS {table} (
    key text PRIMARY KEY,
    owner text NOT NULL,
    kept boolean NOT NULL,
    ends timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS {index}_ends ON {table} (ends);"""

_CLAIM = """\
INSERT INTO {table} AS claims (key, owner, kept, ends)
VALUES ($1, $2, false, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (key) DO UPDATE
SET owner = excluded.owner, kept = excluded.kept, ends = excluded.ends
WHERE claims.ends <= clock_timestamp() OR (claims.owner = excluded.owner AND NOT claims.kept)
RETURNING true"""

_LOOK = """\
SELECT kept, extract(epoch FROM ends - clock_timestamp())::float8 FROM {table} WHERE key = $1"""

_KEEP = """\
INSERT INTO {table} (key, owner, kept, ends)
VALUES ($1, $2, true, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (key) DO UPDATE
SET owner = excluded.owner, kept = excluded.kept, ends = excluded.ends"""

_KEEP_FIRST = """\
INSERT INTO {table} AS claims (key, owner, kept, ends)
VALUES ($1, $2, true, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (key) DO UPDATE
SET owner = excluded.owner, kept = excluded.kept, ends = excluded.ends
WHERE claims.ends <= clock_timestamp() OR NOT claims.kept
RETURNING true"""

_RELEASE = "DELETE FROM {table} WHERE key = $1 AND owner = $2 AND NOT kept"

_SWEEP = """\
DELETE FROM {table} WHERE key IN (
    SELECT key FROM {table} WHERE ends < clock_timestamp()
    ORDER BY ends LIMIT 500 FOR UPDATE SKIP LOCKED
)"""


class BadTable(ValueError):
    """A table cannot be called so; the message says how it can."""


class ClaimTable:
    """A table, and its statements. `name` may have a schema before it. Raises BadTable."""

    def __init__(self, name: str = TABLE) -> None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise BadTable(
                "a table is named in lower-case letters, digits and _, with its schema or without, "
                f'such as "hookline_once" or "shop.once", and not {name!r:.80}'
            )

        self.name = name
        self.schema = _SCHEMA.format(table=name, index=name.replace(".", "_"))
        """Makes the table, where there is none, and an index to sweep by."""

        self.claim = _CLAIM.format(table=name)
        """Claims $1 as $2 for $3 seconds; a row comes back where the claim is granted."""

        self.look = _LOOK.format(table=name)
        """Returns whether $1 is kept, and for how many seconds it is claimed."""

        self.keep = _KEEP.format(table=name)
        """Notes that $1, claimed as $2, is done, for $3 seconds."""

        self.keep_first = _KEEP_FIRST.format(table=name)
        """Does the same where nobody did: a row comes back then. Whoever comes second waits until
        the first one's transaction ends.
        """

        self.release = _RELEASE.format(table=name)
        """Gives up the claim on $1 where it is $2's."""

        self.sweep = _SWEEP.format(table=name)
        """Takes away claims that have ended, a few, and none that somebody is at."""
