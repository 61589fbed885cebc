"""Ports for servers that tests start side by side."""

import socket


def free_port():
    """A free port of the loopback interface that no other test is likely to get."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
