"""A request as the handler sees it: its head, which aiohttp's parser has read, its body, and whom
it came from.
"""

from typing import Protocol

from aiohttp import HttpVersion11
from aiohttp.helpers import set_exception
from aiohttp.http import RawRequestMessage
from aiohttp.streams import StreamReader
from multidict import CIMultiDictProxy


class Client(Protocol):
    """The connection that a request came on: ours."""

    @property
    def address(self) -> str:
        """The client's."""

    def cut(self, error: Exception) -> None:
        """Take no more. Who waits for the rest of a body, and has not answered, gets the error."""

    def prove(self) -> None:
        """Be no guest any more: a signed webhook has come."""

    def go_on(self) -> None:
        """Tell who asked that the body is wanted. Raises ConnectionError."""


class Request:
    """aiohttp's own has cookies, forms and an URL for every taste, and takes for that as long as a
    signature does.
    """

    __slots__ = ("client", "content", "head", "headers", "method")

    def __init__(self, head: RawRequestMessage, content: StreamReader, client: Client) -> None:
        self.head = head
        self.content = content
        self.client = client
        self.method = head.method
        self.headers: CIMultiDictProxy[str] = head.headers

    @property
    def path(self) -> str:
        """As it was sent, without a query."""
        return self.head.url.raw_path

    @property
    def size(self) -> int:
        """Bytes of the body, as announced; 0 where nothing was."""
        return int(self.headers.get("Content-Length", 0))

    @property
    def is_old(self) -> bool:
        """Whether it is of HTTP/1.0, in which connections close unless told otherwise."""
        return self.head.version < HttpVersion11

    def _cancel(self, error: BaseException) -> None:
        """Let whoever waits for the body know that it will not come. The name is aiohttp's, which
        calls it.
        """
        set_exception(self.content, error)
