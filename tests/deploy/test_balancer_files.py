"""The files of HAProxy and nginx: read by the program itself, and true to our own limits."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from ingress import canary, gate
from ingress.settings import Settings
from tests.deploy.balancers import HAPROXY, NGINX, Door, Place, Program, certified, with_yours

PLATFORM = 5.0
"""Seconds after which the platform gives a webhook up."""
DEPRECATED = '"listen ... http2" directive is deprecated'
"""What nginx says from 1.25.1 on; before, there is no other."""
UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 1024.0**2}
DEFAULTS = Settings.model_fields


def test_haproxy_reads_the_file_as_it_stands(tmp_path: Path) -> None:
    place = Place(tmp_path, (Door(1, 1),) * 3, 1, 1)
    certified(place)
    done = subprocess.run(
        [HAPROXY.path, "-c", "-f", HAPROXY.file],
        env=os.environ | {"WEBHOOKS_PEM": str(place.certificate)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)


def test_nginx_reads_the_file_as_it_stands(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("`nginx -t` opens the ports and logs that the file names: run it as root")
    place = Place(tmp_path, (Door(1, 1),) * 3, 1, 1)
    certified(place)
    certificate = {
        "ssl_certificate ": f"ssl_certificate {place.certificate};",
        "ssl_certificate_key ": f"ssl_certificate_key {place.certificate};",
    }
    file = tmp_path / "nginx.conf"
    file.write_text(with_yours(NGINX.file.read_text(), certificate))

    done = subprocess.run(
        [NGINX.path, "-t", "-q", "-c", file], capture_output=True, text=True, check=False
    )
    told = [line for line in done.stderr.splitlines() if DEPRECATED not in line]
    assert (0, []) == (done.returncode, told)


def default(setting: str) -> float:
    """Return the default of one of our settings, as a number."""
    return float(DEFAULTS[setting].default)


def figure(text: str, directive: str) -> float:
    """Return what a file says behind a directive, in seconds or bytes."""
    number, unit = re.findall(rf"\b{directive} (\d+)(ms|s|m)?\b", text)[0]
    return float(number) * UNITS[unit]


BETWEEN = [
    # More than, directive, less than.
    (HAPROXY, default("confirm_timeout"), "timeout server", PLATFORM),
    (HAPROXY, 0, "timeout http-request", default("body_timeout")),
    (HAPROXY, PLATFORM, "timeout client", 60),
    (HAPROXY, canary.CANARY_TIMEOUT, "timeout check", default("drain_delay")),
    (HAPROXY, default("max_in_flight") + gate.MAX_SENDERS / 2, "maxconn", gate.MAX_GUESTS / 2),
    (HAPROXY, default("drain_timeout"), "hard-stop-after", 120),
    (NGINX, default("confirm_timeout"), "proxy_read_timeout", PLATFORM),
    (NGINX, default("max_body"), "client_max_body_size", 64 * 1024**2),
    (NGINX, 0, "client_body_timeout", default("body_timeout")),
    (NGINX, default("drain_timeout"), "worker_shutdown_timeout", 120),
]


@pytest.mark.parametrize(
    ("program", "more", "directive", "less"), BETWEEN, ids=[row[2] for row in BETWEEN]
)
def test_what_a_balancer_waits_for_fits_what_we_promise(
    program: Program, more: float, directive: str, less: float
) -> None:
    assert more < figure(program.file.read_text(), directive) < less


def test_an_ingress_that_stops_is_known_to_before_it_closes_its_door() -> None:
    text = HAPROXY.file.read_text()
    checks = figure(text, "fall")
    noticed = figure(text, "check inter") + (checks - 1) * figure(text, "fastinter")
    assert noticed < default("drain_delay")
