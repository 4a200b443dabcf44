"""`make console`, as people run it who want to look: a stack with a sample mess, until Ctrl-C."""

import signal
from pathlib import Path

import pytest

from deploy.console import PASSWORD
from tests.system.process import Process, children
from tests.system.processes import environment, started
from tests.system.test_console import logged_in
from tests.system.test_console_acts import shows

ROOT = Path(__file__).parents[2]
MESS = {
    "": "ledger customer_credits/create",
    "dead-letters": "KeyError: 'tax_lines'",
    "waiting": "the mail server is busy",
    "unrouted": '<td data-label="topic">refunds/create</td>',
    "processes": "newsletter",
    "topology": "<title>newsletter",
    "log": "paused newsletter until",
    "journal?q=topic:refunds/create": '<td data-label="topic">refunds/create</td>',
}
"""What stands on each page once the mess is made."""


@pytest.mark.slow("it starts a stack, and changes with `deploy/console.py` and the mess alone")
async def test_make_console_shows_its_mess_on_every_page_and_leaves_no_process_at_ctrl_c(
    url: str,
) -> None:
    env = environment(url, CONSOLE_PORT="0")
    async with started(["python", "-m", "deploy.console"], env, ROOT) as process:
        try:
            address = await told_address(process)
            begun = await children(process)
            assert 3 == len(begun)  # an ingress, a worker, the console; the broker is the test's
            async with logged_in(address, "operator", PASSWORD) as operator:
                for path, text in MESS.items():
                    await shows(operator, path, text)

            process.signal(signal.SIGINT)
            assert 0 == await process.ended()
            assert [] == [pid for pid in begun if Path(f"/proc/{pid}").exists()]
        finally:
            await process.stop()


async def told_address(process: Process) -> str:
    """Return the address that is printed for people, who also need the password."""
    assert process.process.stdout is not None
    printed = ""
    while "Ctrl-C ends all of it" not in printed:
        line = await process.process.stdout.readline()
        assert line, printed
        printed += line.decode()
    assert f"log in as operator or as viewer, password {PASSWORD}" in printed
    _, _, rest = printed.partition("the console: ")
    address, _, _ = rest.partition("\n")
    return address
