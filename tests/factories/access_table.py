"""Who may do what, operation by operation: read off the OpenAPI document (`x-access`) and the table of roles.

`python -m tests.factories.access_table` writes it to docs/access.md (`make access`).
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.api.access import NOTE
from app.domain.identity.access import Role, role_permissions, scope_permissions
from tests.factories.document import api_document

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"

# Whoever is asked for nothing must have a reason to be let in.
PUBLIC = {
    ("POST", "/v1/auth/register"): "how one begins",
    ("POST", "/v1/auth/login"): "with a password",
    ("POST", "/v1/auth/refresh"): "with a refresh token",
    ("POST", "/v1/auth/logout"): "ends the sign-in of the token that comes with it",
    ("POST", "/v1/auth/password/forgot"): "tells nothing",
    ("POST", "/v1/auth/password/reset"): "with the mailed token",
    ("GET", "/v1/invitations/by_token/{token}"): "with the mailed token",
    ("POST", "/v1/invitations/accept"): "with the mailed token",
    ("GET", "/healthz"): "nobody's data",
    ("GET", "/health/live"): "nobody's data",
    ("GET", "/health/ready"): "nobody's data",
    ("GET", "/health/status"): "nobody's data",
    ("GET", "/metrics"): "nobody's data",
    ("GET", "/v1/recoveries/by_token/{token}"): "with the link's token",
    ("POST", "/v1/recoveries/by_token/{token}/open"): "with the link's token",
    ("POST", "/v1/recoveries/by_token/{token}/reissue"): "with the link's token",
    ("POST", "/v1/webhooks/messages/twilio"): "signed by Twilio",
    ("POST", "/v1/webhooks/messages/twilio/inbound"): "signed by Twilio",
    ("GET", "/v1/webhooks/messages/meta"): "with the operator's verify token",
    ("POST", "/v1/webhooks/messages/meta"): "signed by Meta",
    ("POST", "/v1/webhooks/messages/email"): "with the operator's token",
    ("POST", "/v1/webhooks/{psp}/{psp_account_id}"): "signed by the provider",
}
ROLES = tuple(Role)
INTRODUCTION = """\
# Who may do what

`make access` makes this from the OpenAPI document, where each operation says what it asks of its caller (`x-access`),
and from the roles in `domain/identity/access.py`. `tests/api/test_access_matrix.py` tries every operation as each of
these callers, as somebody of another organization, without a credential, and from a browser that lacks its token
against forgeries. What belongs to another organization is not there (404).

A key has what its scopes name; the column shows one with `*`. "Staff" means a signed-in person. How people sign in,
and who sees payers' addresses: [people](people.md).
"""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document, and what it asks of its caller."""

    method: str
    path: str
    callers: str
    permission: str | None

    def admits(self, permissions: frozenset[str], *, staff: bool) -> bool:
        """Tell whether a caller with those permissions is let in."""
        if self.callers == "staff" and not staff:
            return False
        return self.permission is None or self.permission in permissions


def operations() -> list[Operation]:
    """Return every operation, by path. Raises KeyError for one that says nothing of its callers."""
    return sorted(_told(), key=lambda each: (each.path, each.method))


def guarded() -> list[Operation]:
    """Return the operations that not everybody may use."""
    return [each for each in operations() if each.callers != "anyone"]


def table() -> str:
    """Return the document of all operations."""
    heading = ["operation", "asks for", *(str(role) for role in ROLES), "key"]
    lines = [INTRODUCTION, _row(heading), _row(["---"] * len(heading))]
    lines += [_row(_cells(each)) for each in guarded()]
    lines += ["", "## Open to everybody", "", _row(["operation", "why"]), _row(["---", "---"])]
    lines += [
        _row([f"`{method} {path}`", why]) for (method, path), why in sorted(PUBLIC.items(), key=lambda x: x[0][1])
    ]
    return "\n".join(lines) + "\n"


def _told() -> Iterator[Operation]:
    for path, methods in api_document()["paths"].items():
        for method, operation in methods.items():
            note = operation[NOTE]
            yield Operation(method.upper(), path, note["callers"], note.get("permission"))


def _cells(operation: Operation) -> list[str]:
    asked = [f"`{operation.permission}`"] if operation.permission else []
    asked += {"staff": ["staff"], "signed_in": [] if asked else ["any caller"]}[operation.callers]
    people = [operation.admits(role_permissions(role), staff=True) for role in ROLES]
    key = operation.admits(scope_permissions(["*"]), staff=False)
    return [
        f"`{operation.method} {operation.path}`",
        ", ".join(asked),
        *("yes" if may else "" for may in (*people, key)),
    ]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


if __name__ == "__main__":
    DOCUMENT.write_text(table(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.name}\n")
