"""Redis URLs as Celery spells them."""

import pytest

from app.infra.broker_url import broker_url


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("redis://127.0.0.1:6379/2", "redis://127.0.0.1:6379/2"),
        ("rediss://user:pw@cache.example/0", "rediss://user:pw@cache.example/0"),
        ("unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock?virtual_host=0"),
    ],
)
def test_only_unix_sockets_are_spelt_another_way(given, expected):
    assert broker_url(given) == expected
