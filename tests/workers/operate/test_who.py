"""Who gives an order where nothing else is said."""

import getpass
import os
import socket

import pytest

from workers.operate.who import this_operator


def test_an_operator_is_a_user_on_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    monkeypatch.setattr(socket, "gethostname", lambda: "pod-1")
    assert "ann@pod-1" == this_operator()


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_a_user_without_a_name_is_a_number(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def nobody() -> str:
        raise error("uid not found")

    monkeypatch.setattr(getpass, "getuser", nobody)
    monkeypatch.setattr(os, "getuid", lambda: 1001)
    assert this_operator().startswith("1001@")
