"""The doctor's look at the servers that Tinko needs."""

from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
import redis
from alembic.script import ScriptDirectory

from app.cli.doctor.findings import Finding, bad, well
from app.cli.home import Home
from app.cli.migrate import alembic_config
from app.cli.run.plan import starts_sandbox
from app.cli.run.readiness import answers_ok
from app.infra.embedded.errors import EmbeddedError
from app.infra.embedded.postgres import postgres_binaries
from app.infra.embedded.valkey import valkey_binary
from app.infra.settings import Settings

_OLDEST_POSTGRES = 150_000
_OLDEST_REDIS = 6


def database(settings: Settings) -> Sequence[Finding]:
    """Look at the database: DATABASE_URL, or the running embedded one, or whether one could be started."""
    url, origin = settings.database_url.get_secret_value(), "DATABASE_URL"
    if not url:
        running = Home(settings.home).running()
        if running is None or not running.database_url:
            return [_could_start("database", postgres_binaries, "DATABASE_URL")]
        url, origin = running.database_url, "embedded"
    try:
        plain = url.replace("+psycopg", "", 1)
        with psycopg.connect(plain, connect_timeout=5, autocommit=True) as connection:
            version = connection.info.server_version
            table = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
            found = (
                connection.execute("SELECT version_num FROM alembic_version").fetchall() if table and table[0] else []
            )
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return [bad("database", f"{origin} does not answer: {reason}. Check {origin}, and that the server runs.")]
    return [_version(origin, version), _schema({str(row[0]) for row in found})]


def _version(origin: str, version: int) -> Finding:
    name = f"PostgreSQL {version // 10_000}.{version % 10_000}"
    if version < _OLDEST_POSTGRES:
        return bad("database", f"{name} is too old; use 15 or later.")
    return well("database", f"{name} answers ({origin})")


def _schema(found: set[str]) -> Finding:
    heads = set(ScriptDirectory.from_config(alembic_config("")).get_heads())
    if found == heads:
        return well("schema", f"at head ({', '.join(sorted(heads)) or 'no migration yet'})")
    has = ", ".join(sorted(found)) or "nothing"
    return bad("schema", f"at {has}, not at {', '.join(sorted(heads))}; run `tinko migrate`.")


def redis_server(settings: Settings) -> Sequence[Finding]:
    """Look at the broker: REDIS_URL, or the running embedded one, or whether one could be started."""
    url, origin = settings.redis_url.get_secret_value(), "REDIS_URL"
    if not url:
        running = Home(settings.home).running()
        if running is None or not running.redis_url:
            return [_could_start("broker", valkey_binary, "REDIS_URL")]
        url, origin = running.redis_url, "embedded"
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            server = client.info("server")
    except (redis.RedisError, ValueError, OSError) as error:
        return [bad("broker", f"{origin} does not answer: {error}. Check {origin}, and that the server runs.")]
    version = str(server.get("valkey_version") or server["redis_version"])
    if int(version.split(".", maxsplit=1)[0]) < _OLDEST_REDIS:
        return [bad("broker", f"version {version} is too old; use Redis 6.2 or later, or Valkey.")]
    return [well("broker", f"{server.get('server_name', 'redis')} {version} answers ({origin})")]


def sandbox(settings: Settings) -> Sequence[Finding]:
    """Look whether the sandbox PSP answers, where one should."""
    running = Home(settings.home).running()
    url = settings.sandbox_api_base
    if starts_sandbox(settings):
        if running is None:
            return [well("sandbox", "starts with `tinko run`")]
        url = f"http://127.0.0.1:{settings.sandbox_port}"
    if answers_ok(f"{url}/healthz"):
        return [well("sandbox", f"answers at {url}")]
    return [bad("sandbox", f"does not answer at {url}; check SANDBOX_API_BASE, or start it with `tinko sandbox`.")]


def _could_start(subject: str, find: Callable[[], Path], setting: str) -> Finding:
    try:
        find()
    except EmbeddedError:
        return bad(subject, f"none: {setting} is not set and the embedded server is not installed; set {setting}.")
    return well(subject, f"embedded; starts with `tinko run` ({setting} is not set)")
