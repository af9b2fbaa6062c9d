"""What all provider simulators share: books of their own, magic tokens, idempotency keys, pages, unruly webhooks.

A simulator is a `Skin` (the provider's wire format) on these books; `registry` in `app.simulators` names them.
"""

from app.simulators.books.app import create_app
from app.simulators.books.server import serve
from app.simulators.books.skin import Skin

__all__ = ["Skin", "create_app", "serve"]
