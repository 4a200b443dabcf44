"""What all pages of the console share, and who asks for one."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING

from workers.broker.link import ReconnectingLink
from workers.console.failed_logins import FailedLogins
from workers.console.journal_searches import JournalSearches
from workers.console.last_hour import LastHour
from workers.console.masking import Masking
from workers.console.news import News
from workers.console.operations import Operations
from workers.console.origin import Origin, Proxies
from workers.console.rendered import Rendered
from workers.console.scan import SharedScan
from workers.console.sessions import Session, Sessions
from workers.console.settings import ConsoleSettings
from workers.console.static_files import StaticFiles
from workers.console.templates import Templates
from workers.console.users import Role, User, by_proxy
from workers.console.watch import Watch
from workers.operate.whole_rows import sum_of

if TYPE_CHECKING:
    from workers.console.found import Answers
    from workers.console.log_page import KnownLog
    from workers.console.overview import KnownOverview


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a page, where from, and for what of it."""

    user: User
    session: Session
    origin: Origin
    token: str = ""
    """What its forms carry."""
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def by(self) -> str:
        """Who it is, as the control log says it."""
        return f"{self.user.name}@console"

    @property
    def may_act(self) -> bool:
        """Whether it is an operator."""
        return self.user.role.may(Role.OPERATOR)


@dataclass(frozen=True, slots=True)
class Site:
    """What the handlers of all pages are given."""

    settings: ConsoleSettings
    link: ReconnectingLink
    news: News
    watch: Watch
    scans: Mapping[str, SharedScan]
    templates: Templates
    static: StaticFiles
    sessions: Sessions
    failed: FailedLogins
    proxies: Proxies
    masking: Masking
    hour: LastHour
    log: "KnownLog"
    searches: JournalSearches
    operations: Operations
    looking: asyncio.Lock
    """Held while letters are held by a look, or counted."""
    rendered: Rendered
    overview: "KnownOverview"
    answers: Mapping[str, "Answers"]

    @property
    def prefix(self) -> str:
        """What every address begins with."""
        return self.settings.console_prefix

    def address(self, path: str) -> str:
        """Return the address of a page."""
        return f"{self.prefix}{path}"

    def who(self, cookie: str, origin: Origin) -> tuple[User, Session] | None:
        """Return who sends a request; None for nobody who may come in.

        A proxy that is believed speaks for its user; else the cookie does.
        """
        users = self.settings.console_users
        if origin.user:
            user = by_proxy(users, origin.user)
            session = self.sessions.of_proxy(origin.user)
        else:
            found = self.sessions.read(cookie, time())
            if found is None:
                return None
            session = found
            user = users.get(session.name)

        if user is None:
            return None
        return user, session


def counts(site: Site) -> Mapping[str, int | None]:
    """Return how many letters of each kind there are, by the latest status; None of what nobody
    knows.
    """
    seen = site.watch.seen
    if seen is None:
        return {}
    table = seen.table
    return {
        "dead": sum_of(row.dead for row in table.queues),
        "waiting": sum(table.waiting.values()),
        "unrouted": table.unrouted.count,
    }
