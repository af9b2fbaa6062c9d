"""A provider's simulator on a loopback port of its own, in a thread."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.simulators.books import Skin, create_app
from tests.fakes.caller import ask
from tests.fakes.server import served

STALL_SECONDS = 1.5
IMPATIENT_SECONDS = 0.5


@contextmanager
def running_simulator(skin: Skin, database_url: str, **options) -> Iterator[str]:
    """Serve a simulator; yields its base URL. `options` go to `create_app` (`now=clock.now`, `webhook_threads`)."""
    app = create_app(skin, database_url=database_url, **{"stall_seconds": STALL_SECONDS, **options})
    with served(app, patience=0.1, date_header=False) as base_url:
        yield base_url


class Keeper:
    """What the simulator's keeper may do to one account: `/_simulator/...`."""

    def __init__(self, base_url: str, account: str) -> None:
        self._base_url = base_url
        self._account = account

    def __call__(self, method, path, **request) -> dict:
        reply = ask(
            method,
            f"{self._base_url}/_simulator/{path}",
            headers={"X-Simulator-Account": self._account},
            **request,
        )
        assert reply.is_success, (reply.status_code, reply.text)
        return reply.json()

    def webhooks_to(self, url, *, secret="webhook-secret", **switches) -> None:
        self("PUT", "webhook_endpoint", json={"url": url, "secret": secret, **switches})

    def pay(self, token="pm_sim_ok", *, amount=5000, currency="INR", **rest) -> dict:
        """A payment of the merchant's own, past Tinko."""
        return self("POST", "payments", json={"amount": amount, "currency": currency, "token": token, **rest})

    def settle(self, payment_id, status, **rest) -> dict:
        return self("POST", f"payments/{payment_id}/settle", json={"status": status, **rest})

    def dispute(self, payment_id, **body) -> dict:
        return self("POST", f"payments/{payment_id}/disputes", json=body)

    def decide(self, dispute_id, status) -> dict:
        return self("POST", f"disputes/{dispute_id}", json={"status": status})

    def down(self, *, down=True) -> None:
        self("PUT", "switches", json={"down": down})

    def charges(self, reference=None) -> list[tuple[str, int]]:
        """The books: (status, refunded amount), oldest first."""
        params = {"reference": reference} if reference else {}
        return [(item["status"], item["refunded_amount"]) for item in self("GET", "charges", params=params)["items"]]

    def deliveries(self) -> list[dict]:
        return self("GET", "deliveries", params={"limit": 1000})["items"]
