"""The demo merchant: a test-mode organization with an API key and a login, made on the first start."""

from app.cli.home import Home
from app.db.session import Database
from app.infra.clock import SystemClock
from app.infra.crypto import Crypto
from app.services.identity.demo import DemoMerchant, ensure_demo


def seed_demo(home: Home, *, database_url: str, secret_key: str) -> DemoMerchant:
    """Make sure that the demo merchant exists, and return its credentials; what still works is kept in `home`."""
    kept = home.kept()
    database = Database(database_url, pool_size=1)
    try:
        with database.begin() as session:
            demo = ensure_demo(
                session,
                crypto=Crypto(secret_key),
                now=SystemClock().now(),
                api_key=kept.get("demo_api_key"),
                password=kept.get("demo_password"),
            )
    finally:
        database.dispose()
    home.keep(demo_api_key=demo.api_key, demo_password=demo.password)
    return demo
