"""Free ports: nobody listens on them, and the system gives them to nobody."""

import socket

from runtime.ports import BELOW_THE_SYSTEMS_OWN, free_ports


def test_free_ports_are_different_ones_that_can_be_listened_on() -> None:
    ports = free_ports(20)
    assert 20 == len(set(ports))
    for port in ports:
        with socket.create_server(("127.0.0.1", port)):
            pass


def test_no_port_is_one_that_the_system_gives_to_outgoing_connections() -> None:
    assert all(port in BELOW_THE_SYSTEMS_OWN for port in free_ports(20))
