"""The servers that tests run on."""

import psycopg
import redis


def plain(url: str) -> str:
    return url.replace("+psycopg", "", 1)


def test_the_database_of_the_session_is_at_the_head_of_the_migrations(database_url):
    with psycopg.connect(plain(database_url)) as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


def test_a_new_database_is_migrated_and_apart(database_url, new_database_url):
    with psycopg.connect(plain(new_database_url)) as connection:
        connection.execute("CREATE TABLE only_here (id int)")
        connection.commit()
    with psycopg.connect(plain(database_url)) as connection:
        assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)


def test_an_empty_database_has_no_table(empty_database_url):
    with psycopg.connect(plain(empty_database_url)) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)


def test_redis_answers_in_a_numbered_database_of_the_worker(redis_url, worker_number):
    with redis.Redis.from_url(redis_url) as client:
        client.set("mine", "1")
        assert client.client_info()["db"] == worker_number + 1
        assert client.delete("mine") == 1
