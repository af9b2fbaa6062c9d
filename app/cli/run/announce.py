"""Tells people and programs where everything is."""

from app.cli.home import Home, write_private
from app.cli.run.plan import Addresses
from app.services.identity.demo import DemoMerchant


def write_demo(home: Home, addresses: Addresses, demo: DemoMerchant) -> None:
    """Write demo.json (mode 0600): the addresses, and the demo merchant's credentials."""
    write_private(
        home.demo,
        {
            "base_url": addresses.base_url,
            "console_url": f"{addresses.base_url}/console",
            "mail_url": addresses.mail_url,
            "organization_id": demo.organization_id,
            "api_key": demo.api_key,
            "email": demo.email,
            "password": demo.password,
        },
    )


def welcome(home: Home, addresses: Addresses, demo: DemoMerchant) -> str:
    """Return the text that greets whoever started the run."""
    return f"""
Tinko is ready.

  Console      {addresses.base_url}/console
  API          {addresses.base_url}  (OpenAPI: {addresses.base_url}/openapi.json)
  Health       {addresses.base_url}/health/status
  Sandbox PSP  {addresses.sandbox_url}
  Sent mail    {addresses.mail_url or "leaves over SMTP_HOST"}
  Data         {home.path}
  Demo login   {home.demo}  (organization {demo.organization_id}, {demo.email})

Post a failed payment:

{curl(addresses, demo)}

Payers are written to at a decent hour: on working days from 09:00 to 20:00 by their own clock, in tests too.
If it is night or the weekend there, let three days of the demo pass, and what waits arrives on the mail page:

{advance(addresses, demo)}

Ctrl-C or `make stop` ends it.
"""


def curl(addresses: Addresses, demo: DemoMerchant) -> str:
    """Return a command that posts a failed payment of the demo merchant."""
    return f"""\
curl -sS {addresses.base_url}/v1/events/payment_failed \\
  -H 'Authorization: Bearer {demo.api_key}' -H 'Content-Type: application/json' \\
  -d '{{"transaction_ref": "order-1", "amount": 49900, "currency": "INR", "gateway": "sandbox",
       "failure_reason": "insufficient_funds",
       "payment_method": {{"type": "card", "token": "pm_sandbox_recovers_on_3"}}}}'"""


def advance(addresses: Addresses, demo: DemoMerchant) -> str:
    """Return a command that lets three days of the demo merchant's time pass: there is a working day among them."""
    return f"""\
curl -sS {addresses.base_url}/v1/test/clock/advance \\
  -H 'Authorization: Bearer {demo.api_key}' -H 'Content-Type: application/json' -d '{{"seconds": 259200}}'"""
