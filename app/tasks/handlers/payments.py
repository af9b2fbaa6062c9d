"""Refunds of duplicates, webhooks of providers, and where the sandbox sends them."""

from typing import Any

from app.bootstrap import Container
from app.services import psp_events
from app.services.payments import refund
from app.services.payments.accounts import get_account


def refund_duplicate(container: Container, payload: dict[str, Any]) -> None:
    """Give a duplicate charge back."""
    refund.refund_duplicate(
        container.database.begin,
        payments=container.payments,
        crypto=container.crypto,
        clock=container.clock,
        charge_id=payload["charge_id"],
    )


def process_psp_event(container: Container, payload: dict[str, Any]) -> None:
    """Act on a stored webhook."""
    psp_events.process_event(
        container.database.begin,
        payments=container.payments,
        crypto=container.crypto,
        clock=container.clock,
        psp_event_id=payload["psp_event_id"],
    )


def bury_psp_event(container: Container, payload: dict[str, Any], error: str) -> None:
    """Set a webhook aside that could not be processed."""
    with container.database.begin() as session:
        psp_events.bury_event(session, psp_event_id=payload["psp_event_id"], error=error)


def join_twins(container: Container, payload: dict[str, Any]) -> None:
    """Make one of two recoveries for the same payment, if there are two."""
    with container.database.begin() as session:
        psp_events.join_twins(
            session,
            organization_id=payload["organization_id"],
            transaction_id=payload["transaction_id"],
            now=container.clock.now(),
        )


def register_webhook(container: Container, payload: dict[str, Any]) -> None:
    """Tell the sandbox where to send an account's webhooks."""
    with container.database.begin() as session:
        account = get_account(session, crypto=container.crypto, account_id=payload["psp_account_id"])
    base_url = container.settings.public_base_url.rstrip("/")
    container.sandbox_console.set_webhook(
        account.secrets["api_key"],
        url=f"{base_url}/v1/webhooks/{account.psp}/{account.account_id}",
        secret=account.webhook_secrets[0],
    )
