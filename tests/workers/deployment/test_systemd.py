"""Crews for systemd: units named as `systemd-escape` does it, and drop-ins with true names."""

import shutil
import subprocess

import pytest

from tests.workers.deployment.sample import APART, APP, TOGETHER
from workers import Delivery, consumer
from workers.consumer import BadConsumer
from workers.deployment.crews import crews_apart
from workers.deployment.systemd import MAX_FILE_NAME, as_one_text, drop_ins, escaped

PROGRAM = "/opt/hookline/current/bin/hookline-workers"
ESCAPED = [
    ("erp:orders/create", "erp:orders-create"),
    ("abandoned-carts:orders/create", r"abandoned\x2dcarts:orders-create"),
    ("third_time:customer.tags_added", "third_time:customer.tags_added"),
    ("erp:orders/*", r"erp:orders-\x2a"),
    ("every_1+2:together", r"every_1\x2b2:together"),
    ("ä", r"\xc3\xa4"),
]


@pytest.mark.parametrize(("instance", "written"), ESCAPED)
def test_an_instance_is_escaped_as_by_systemd_escape(instance: str, written: str) -> None:
    assert written == escaped(instance)
    program = shutil.which("systemd-escape")
    if program is None:
        pytest.skip("compared with the table alone: systemd-escape is in Debian's package systemd")
    done = subprocess.run([program, instance], capture_output=True, text=True, check=True)
    assert f"{written}\n" == done.stdout


def test_each_queue_has_a_drop_in_with_its_command_and_the_time_it_needs_to_end() -> None:
    files = drop_ins(APART, program=PROGRAM, drain_timeout=25)
    assert [
        r"hookline-worker@abandoned_carts:carts-\x2a.service.d/crew.conf",
        "hookline-worker@erp:orders-create.service.d/crew.conf",
        "hookline-worker@erp:orders-paid.service.d/crew.conf",
    ] == list(files)
    text = files["hookline-worker@erp:orders-create.service.d/crew.conf"]
    assert "# Queues: spiffy.erp.orders.create\n" in text
    assert "run shop.consumers --consumer erp --topic orders/create" in text
    assert " HOOKLINE_DRAIN_TIMEOUT=55 " in text
    assert "\nTimeoutStopSec=70\n" in text


def test_printed_each_stands_under_the_path_where_it_belongs() -> None:
    files = drop_ins([TOGETHER], program=PROGRAM, drain_timeout=25)
    shown = as_one_text(files)
    path = "/etc/systemd/system/hookline-worker@all:together.service.d/crew.conf"
    assert shown.startswith(f"# {path}\n# Written by")


def test_a_name_that_is_too_long_for_a_unit_is_refused_with_the_way_out() -> None:
    @consumer("orders/create", name="a-" * 30)
    async def long(delivery: Delivery[bytes]) -> None:
        """Have a name of which each second character becomes four."""

    (fits,) = drop_ins(crews_apart(APP, [], [long]), program=PROGRAM, drain_timeout=25)
    assert len(fits.partition("/")[0]) <= MAX_FILE_NAME

    @consumer(f"orders/{'-'.join('abcdefghijklmnopqrstuvwxyz')}", name="a-" * 30)
    async def longer(delivery: Delivery[bytes]) -> None:
        """Have a long topic besides."""

    with pytest.raises(BadConsumer, match="give the consumer a shorter name="):
        drop_ins(crews_apart(APP, [], [longer]), program=PROGRAM, drain_timeout=25)
