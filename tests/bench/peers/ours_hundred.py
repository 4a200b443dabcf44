"""A hundred consumers of Hookline's, with nothing to do."""

from workers import Delivery, consumer


def idle(number: int) -> object:
    """Make one."""

    @consumer("orders/create", name=f"idle{number}")
    async def handle(delivery: Delivery[bytes]) -> None:
        """Take nothing."""

    return handle


globals().update({f"idle{number}": idle(number) for number in range(100)})
