"""The tap writes to a line that is there, and drops what is meant for one that has gone."""

import asyncio

from runtime.amqp.tap import Tap


async def test_what_is_written_to_a_line_that_has_closed_meanwhile_is_dropped_without_a_word() -> (
    None
):
    loop = asyncio.get_running_loop()
    told = list[str]()
    loop.set_exception_handler(lambda _, context: told.append(context["message"]))
    tap = Tap(asyncio.StreamReader(loop=loop), loop)

    class Line(asyncio.Transport):
        """Stands for a transport of uvloop's."""

        def is_closing(self) -> bool:
            """It is."""
            return True

        def write(self, data: object) -> None:
            """Fail, as uvloop does once its handle is closed."""
            raise RuntimeError("the handler is closed")

        def get_write_buffer_size(self) -> int:
            """Return what waits."""
            return 0

    tap.connection_made(Line())
    tap.write(b"an ack")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [] == told


async def test_what_came_first_is_kept_whatever_comes_next() -> None:
    loop = asyncio.get_running_loop()
    tap = Tap(asyncio.StreamReader(loop=loop), loop)
    tap.data_received(b"\x15\x03\x03")
    tap.data_received(b"\x00\x02\x02\x46")
    assert b"\x15\x03\x03" == tap.first_bytes
