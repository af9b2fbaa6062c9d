"""Who is asking, and for which organization."""

from dataclasses import dataclass
from datetime import timedelta

from app.domain.errors import ForbiddenError


class PermissionMissingError(ForbiddenError):
    """The caller's role or scopes do not include the permission."""

    default_code = "permission_missing"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller, inside exactly one organization.

    `actor` is the id that audit rows and timelines name: `key_…` or `usr_…`. `role` is None for API
    keys; `session_id` too. `clock_offset` is how far the organization's time is ahead (test only).
    """

    organization_id: str
    mode: str
    actor: str
    permissions: frozenset[str]
    clock_offset: timedelta
    role: str | None = None
    session_id: str | None = None

    def may(self, permission: str) -> bool:
        """Tell whether the caller has the permission."""
        return permission in self.permissions

    def must(self, permission: str) -> None:
        """Raise PermissionMissingError unless the caller has the permission."""
        if permission not in self.permissions:
            raise PermissionMissingError(f"This needs the permission {permission}.")
