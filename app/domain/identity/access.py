"""Who may do what: one vocabulary of permissions, roles as data, and the scopes of API keys.

A permission is `<area>:<read|write>`. Staff get the permissions of their role in the organization;
an API key gets those that its scopes name (`recoveries:read`, `policies:*`, or `*`).
"""

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.domain.errors import FieldError, InvalidError

AREAS: Final = (
    "analytics",
    "api_keys",
    "audit_log",
    "contacts",
    "events",
    "links",
    "members",
    "messages",
    "opt_outs",
    "organization",
    "policies",
    "psp_accounts",
    "psp_events",
    "recoveries",
    "request_log",
    "rules",
    "templates",
    "test_clock",
    "webhook_endpoints",
)
# Who has it sees payers' names and addresses in whatever else they may read; nobody writes contacts as such.
CONTACTS: Final = "contacts:read"
PERMISSIONS: Final = frozenset(f"{area}:{verb}" for area in AREAS for verb in ("read", "write")) - {"contacts:write"}

# People and keys are managed by people: a leaked key must not be able to mint others.
STAFF_ONLY: Final = frozenset({"members:write", "api_keys:write", "organization:write"})


class Role(StrEnum):
    """What a person is in one organization."""

    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"
    ANALYST = "analyst"


_ANALYST: Final = frozenset(
    f"{area}:read"
    for area in AREAS
    if area not in {"api_keys", "audit_log", "contacts", "members", "request_log", "webhook_endpoints"}
)
_OPERATOR: Final = _ANALYST | {
    CONTACTS,
    "events:write",
    "links:write",
    "members:read",
    "opt_outs:write",
    "psp_events:write",
    "recoveries:write",
    "request_log:read",
    "test_clock:write",
    "webhook_endpoints:read",
}
_ADMIN: Final = PERMISSIONS - {"organization:write"}
ROLE_PERMISSIONS: Final = MappingProxyType(
    {Role.OWNER: PERMISSIONS, Role.ADMIN: _ADMIN, Role.OPERATOR: _OPERATOR, Role.ANALYST: _ANALYST}
)

# Whom a role may add, change and remove; an admin cannot make or unmake owners.
MANAGES: Final = MappingProxyType(
    {
        Role.OWNER: frozenset(Role),
        Role.ADMIN: frozenset({Role.ADMIN, Role.OPERATOR, Role.ANALYST}),
        Role.OPERATOR: frozenset[Role](),
        Role.ANALYST: frozenset[Role](),
    }
)


class ScopeUnknownError(InvalidError):
    """A scope that names no permission that an API key may have."""

    default_code = "scope_unknown"


def role_permissions(role: str) -> frozenset[str]:
    """Return what the role may do; nothing for a word that is no role."""
    return ROLE_PERMISSIONS[Role(role)] if role in set(Role) else frozenset()


def scope_permissions(scopes: Iterable[str]) -> frozenset[str]:
    """Return what the scopes permit; scopes that are no longer known permit nothing."""
    return frozenset().union(*(_meant_by(scope) for scope in scopes))


def check_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes sorted and without repeats; raises ScopeUnknownError naming each bad one."""
    given = list(scopes)
    bad = tuple(
        FieldError(f"/scopes/{index}", f"no permission of API keys is called {scope!r}")
        for index, scope in enumerate(given)
        if not _meant_by(scope)
    )
    if bad:
        raise ScopeUnknownError("Some scopes are not known.", errors=bad)
    return tuple(sorted(set(given)))


def _meant_by(scope: str) -> frozenset[str]:
    may = PERMISSIONS - STAFF_ONLY
    if scope == "*":
        return may
    if scope.endswith(":*"):
        return frozenset(permission for permission in may if permission.startswith(scope[:-1]))
    return may & {scope}
