"""A taken port is a message."""

import socket

import pytest

from app.cli.errors import CommandError
from app.cli.run.ports import is_free, require_free


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_not_free(taken):
    assert is_free("127.0.0.1", taken) is False


def test_the_message_names_the_setting(taken):
    with pytest.raises(CommandError) as caught:
        require_free([("TINKO_PORT", "127.0.0.1", taken), ("TINKO_VALKEY_PORT", "127.0.0.1", 0)])
    assert str(caught.value) == (
        f"port {taken} on 127.0.0.1 is taken. Set TINKO_PORT to another one, or end what listens there."
    )


def test_two_settings_with_one_port_are_told_apart():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(CommandError) as caught:
        require_free([("TINKO_PORT", "127.0.0.1", port), ("TINKO_SANDBOX_PORT", "127.0.0.1", port)])
    assert str(caught.value) == f"TINKO_SANDBOX_PORT and TINKO_PORT are both {port}."
