"""The whole application with the console before a browser: a merchant with people, things and a history."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.api.cookies import CSRF, SESSION, csrf_token
from app.bootstrap import Container
from app.db.models import User
from app.infra.clock import SystemClock
from app.infra.settings import Settings
from app.services.identity.sessions import Client, open_session
from app.services.seed import SeedWish, seed_history
from tests.browser.stand import open_shop
from tests.factories.identity import Merchant, Person, add_person, make_merchant
from tests.factories.people import mails_to, token_in
from tests.fakes.caller import ask

# Somebody whose device, in a list of sign-ins, is one that people know.
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1"


@dataclass
class Console:
    """A Tinko that serves the console."""

    url: str
    container: Container

    def at(self, path: str) -> str:
        """Return the address of a page."""
        return f"{self.url}/console{path}"

    def new_merchant(self, name: str = "Harbour Books") -> Merchant:
        """Return a merchant whose staff is signed in to its test organization."""
        return make_merchant(self.container, name)

    def open_sign_in(self, user: User, *, organization_id: str, user_agent: str | None = None) -> dict[str, str]:
        """Sign somebody in there, as a browser does; return the cookies."""
        container, now = self.container, self.container.clock.now()
        with container.database.begin() as session:
            row = session.get_one(User, user.id)
            row.last_organization_id = organization_id
            opened = open_session(
                session,
                tokens=container.tokens,
                user=row,
                client=Client(user_agent),
                lifetime=timedelta(days=30),
                now=now,
            )
        secret = opened.cookie_secret or ""
        return {SESSION: secret, CSRF: csrf_token(container.crypto, secret)}

    def sign_in(self, context: Any, person: Person) -> None:
        """Give a browser's context the cookies of a person's new sign-in."""
        given = self.open_sign_in(person.user, organization_id=person.organization_id)
        context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in given.items()])

    def ask(self, merchant: Merchant, path: str, **query: Any) -> Any:
        """Read something as the merchant's owner; raises what httpx does for an answer that is an error."""
        answer = ask("GET", f"{self.url}{path}", params=query, headers=merchant.owner.headers, timeout=30)
        return answer.raise_for_status().json()

    def tell(self, method: str, merchant: Merchant, path: str, body: Any = None) -> Any:
        """Change something as the merchant's owner."""
        answer = ask(method, f"{self.url}{path}", json=body, headers=merchant.owner.headers, timeout=30)
        return answer.raise_for_status().json() if answer.content else None

    def fail(self, merchant: Merchant, ref: str, **facts: Any) -> Any:
        """Report a failed payment with the merchant's key."""
        body = {
            "transaction_ref": ref,
            "amount": 123450,
            "currency": "INR",
            "gateway": "sandbox",
            "failure_reason": "insufficient_funds",
            "payment_method": {"type": "card", "token": "pm_sandbox_ok"},
            "customer": {"ref": f"cus_{ref}", "name": "Asha Rao", "email": f"asha.{ref}@example.com"},
            **facts,
        }
        answer = ask("POST", f"{self.url}/v1/events/payment_failed", json=body, headers=merchant.headers, timeout=30)
        return answer.raise_for_status().json()


@contextmanager
def open_console(settings: Settings, *, sandbox_url: str) -> Iterator[Console]:
    """Serve everything by the machine's own time, which is the browser's."""
    own = settings.model_copy(update={"sandbox_api_base": sandbox_url})
    with open_shop(own, SystemClock()) as (url, container):
        yield Console(url, container)


def furnish(console: Console, *, recoveries: int, now: datetime) -> Merchant:
    """Return a merchant with a team, own rules, a draft, templates, sign-ins and that many recoveries."""
    merchant, container = console.new_merchant(), console.container
    for role in ("admin", "operator", "analyst"):
        add_person(container, merchant, role)
    console.open_sign_in(merchant.owner.user, organization_id=merchant.id, user_agent=PHONE)
    if recoveries > 1:
        seed_history(
            container.database.begin,
            crypto=container.crypto,
            organization_id=merchant.id,
            wish=SeedWish(recoveries),
            now=now,
        )
    if recoveries:
        console.fail(merchant, f"order-{secrets.token_hex(3)}")
        _work_of_a_week(console, merchant)
    return merchant


def _work_of_a_week(console: Console, merchant: Merchant) -> None:
    [policy, *_] = console.ask(merchant, "/v1/retry/policies")["items"]
    draft = {"settings": {"max_retries": 4, "window_days": 14}}
    console.tell("PUT", merchant, f"/v1/retry/policies/{policy['id']}/draft", draft)
    for name, match, then in RULES:
        console.tell("POST", merchant, "/v1/rules", {"name": name, "match": match, "then": then})
    text = "Your payment of {{ amount }} did not go through. Pay here: {{ link_url }} {{ code }} {{ verify_url }}"
    template = {"event": "last_notice", "channel": "sms", "locale": "en", "text": text}
    console.tell("POST", merchant, "/v1/templates", template)
    invitation = {"email": "priya@harbour.example", "role": "operator"}
    console.tell("POST", merchant, "/v1/invitations", invitation)


RULES = (
    ("Bank is at its day-end", {"message_contains": "day end"}, {"category": "network", "hardness": "soft"}),
    ("Acme is busy", {"failure_reason": "acme_busy"}, {"category": "network", "hardness": "soft"}),
    (
        "Large amounts go to a person",
        {"min_amount": 5_000_000, "currency": "INR"},
        {"category": "funds", "hardness": "hard"},
    ),
)


def invitation_token(console: Console, merchant: Merchant, email: str, role: str = "operator") -> str:
    """Invite somebody, and return the token of their mail."""
    console.tell("POST", merchant, "/v1/invitations", {"email": email, "role": role})
    return token_in(mails_to(console.container, email)[-1])


def reset_token(console: Console, email: str) -> str:
    """Ask for a new password, and return the token of the mail."""
    ask("POST", f"{console.url}/v1/auth/password/forgot", json={"email": email}, timeout=30).raise_for_status()
    return token_in(mails_to(console.container, email)[-1])
