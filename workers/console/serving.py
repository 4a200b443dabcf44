"""The console put together: what it reads, what it shows, who may see it."""

import asyncio
from functools import partial

from runtime.this_process import version
from workers.broker.link import ReconnectingLink
from workers.broker.pulse_hour import PulseHour
from workers.console.application import application
from workers.console.failed_logins import FailedLogins
from workers.console.found import Answers
from workers.console.journal_searches import JournalSearches
from workers.console.last_hour import LastHour
from workers.console.live import Live
from workers.console.log_page import KnownLog
from workers.console.masking import Masking
from workers.console.news import News
from workers.console.operations import Operations
from workers.console.origin import Proxies
from workers.console.overview import KnownOverview
from workers.console.rendered import Rendered
from workers.console.scan import SharedScan
from workers.console.sessions import Sessions
from workers.console.settings import ConsoleSettings
from workers.console.site import Site
from workers.console.static_files import StaticFiles
from workers.console.templates import Templates
from workers.console.watch import Watch
from workers.operate.letters import sources
from workers.operate.waiting import rungs


class Served:
    """The application, and what goes on behind it."""

    def __init__(self, settings: ConsoleSettings, link: ReconnectingLink) -> None:
        news = News()
        looking = asyncio.Lock()
        self.watch = Watch(link, settings.app, news, looking)
        hour = LastHour()
        scans = _scans(settings, news, looking)
        self.pulse = PulseHour(settings.app, link.connection, hour.note)
        static = StaticFiles(settings.console_prefix)
        templates = _templates(settings, static)
        self._site = Site(
            settings=settings,
            link=link,
            news=news,
            watch=self.watch,
            scans=scans,
            templates=templates,
            rendered=Rendered(templates),
            overview=KnownOverview(),
            answers={kind: Answers() for kind in scans},
            static=static,
            sessions=Sessions(),
            failed=FailedLogins(),
            proxies=Proxies(settings.console_proxies, settings.console_user_header),
            masking=Masking(settings.console_masked),
            hour=hour,
            log=KnownLog(),
            searches=JournalSearches(),
            operations=Operations(news),
            looking=looking,
        )
        self.application = application(self._site, Live())

    async def end(self) -> None:
        """End what goes on, in order: letters are moved whole."""
        await self._site.operations.end()
        self._site.news.end()


def _scans(settings: ConsoleSettings, news: News, looking: asyncio.Lock) -> dict[str, SharedScan]:
    urls = settings.amqp_url
    shared = partial(SharedScan, urls, settings.app, news=news, looking=looking)
    return {
        "dead": shared(sources),
        "unrouted": shared(partial(sources, unrouted=True)),
        "waiting": shared(rungs),
    }


def _templates(settings: ConsoleSettings, static: StaticFiles) -> Templates:
    def address(path: str) -> str:
        return f"{settings.console_prefix}{path}"

    return Templates(address=address, static=static.address, app=settings.app, version=version())
