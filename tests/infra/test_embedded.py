"""The embedded servers: what is written stays, and what is left behind does not matter."""

import contextlib
import os
import signal
import stat
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import redis

from app.infra.embedded.errors import EmbeddedError
from app.infra.embedded.folders import lock_folder, remove_socket_folder, socket_folder
from app.infra.embedded.postgres import EmbeddedPostgres
from app.infra.embedded.valkey import EmbeddedValkey


@contextlib.contextmanager
def running(server):
    server.start()
    try:
        yield server
    finally:
        server.stop()


def connect(postgres):
    return psycopg.connect(postgres.url().replace("+psycopg", ""), autocommit=True)


def test_postgres_keeps_what_was_committed_through_a_crash_and_restarts(tmp_path):
    # As root the server runs as nobody; pytest's folder lets nobody in, so this also runs the namespace's way.
    server = EmbeddedPostgres(tmp_path / "pg", durable=True)
    with running(server), connect(server) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
        pid = int((tmp_path / "pg" / "work" / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while server.exit_code() is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert server.exit_code() == 137
    with running(server), connect(server) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_valkey_keeps_its_data_when_durable(tmp_path):
    server = EmbeddedValkey(tmp_path / "vk", durable=True)
    with running(server), redis.Redis.from_url(server.url()) as client:
        client.set("kept", "1")
    with running(server), redis.Redis.from_url(server.url()) as client:
        assert client.get("kept") == b"1"


def test_a_folder_has_one_server_at_a_time(tmp_path):
    held = lock_folder(tmp_path)
    with pytest.raises(EmbeddedError) as caught:
        lock_folder(tmp_path, patience_seconds=0.1)
    assert str(caught.value) == f"Another server is running in {tmp_path}."
    os.close(held)
    os.close(lock_folder(tmp_path, patience_seconds=0))


def test_sockets_are_in_a_private_folder_inside():
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        place = socket_folder(Path(short))
        assert place == (Path(short) / "socket").resolve()
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        remove_socket_folder(Path(short))
        assert not place.exists()


def test_sockets_move_to_the_temporary_folder_where_the_path_is_too_long(tmp_path):
    long = tmp_path / ("x" * 80)
    long.mkdir()
    place = socket_folder(long)
    assert len(os.fsencode(place)) < 60
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert socket_folder(long) == place
    remove_socket_folder(long)
    assert not place.exists()
