"""Everything that is sealed, wherever it is kept, found by the key that sealed it."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session


class Sealed(NamedTuple):
    """One kind of sealed value: how rows of other keys are found, and one written again.

    A row is its key, as one text by which rows are walked, and the value; `about` is what the seal is bound to.
    """

    find: str
    write: str
    about: str


# A sealed value is: version (1), key id (4), and so on; see infra/crypto.py.
SEALED: Final[dict[str, Sealed]] = {
    "psp_accounts.credentials": Sealed(
        """SELECT id, sealed_credentials FROM psp_accounts
           WHERE id > :after AND substring(sealed_credentials FROM 2 FOR 4) <> :key_id
           ORDER BY id LIMIT :batch FOR UPDATE""",
        "UPDATE psp_accounts SET sealed_credentials = :value WHERE id = :row",
        "psp_account/{}/credentials",
    ),
    "psp_accounts.webhook_secrets": Sealed(
        """SELECT id, sealed_webhook_secrets FROM psp_accounts
           WHERE id > :after AND substring(sealed_webhook_secrets FROM 2 FOR 4) <> :key_id
           ORDER BY id LIMIT :batch FOR UPDATE""",
        "UPDATE psp_accounts SET sealed_webhook_secrets = :value WHERE id = :row",
        "psp_account/{}/webhook_secrets",
    ),
    "messages.recipient": Sealed(
        """SELECT id, recipient FROM messages
           WHERE id > :after AND substring(recipient FROM 2 FOR 4) <> :key_id
           ORDER BY id LIMIT :batch FOR UPDATE""",
        "UPDATE messages SET recipient = :value WHERE id = :row",
        "{}:recipient",
    ),
    "users.totp_sealed": Sealed(
        """SELECT id, totp_sealed FROM users
           WHERE id > :after AND substring(totp_sealed FROM 2 FOR 4) <> :key_id
           ORDER BY id LIMIT :batch FOR UPDATE""",
        "UPDATE users SET totp_sealed = :value WHERE id = :row",
        "{}:totp",
    ),
    "outbox.payload": Sealed(
        """SELECT id::text, decode(payload ->> 'sealed', 'base64') FROM outbox
           WHERE (wake_at IS NOT NULL OR dead_at IS NOT NULL) AND payload ? 'sealed'
             AND id > coalesce(nullif(:after, ''), '0')::bigint
             AND substring(decode(payload ->> 'sealed', 'base64') FROM 2 FOR 4) <> :key_id
           ORDER BY id LIMIT :batch FOR UPDATE""",
        """UPDATE outbox SET payload =
               jsonb_set(payload, '{sealed}', to_jsonb(translate(encode(:value, 'base64'), chr(10), '')))
           WHERE id = cast(:row AS bigint)""",
        "mail",
    ),
    "idempotency_keys.body": Sealed(
        """SELECT organization_id || '/' || key, body FROM idempotency_keys
           WHERE sealed AND substring(body FROM 2 FOR 4) <> :key_id
             AND (organization_id, key) > (split_part(:after, '/', 1), substr(:after, strpos(:after, '/') + 1))
           ORDER BY organization_id, key LIMIT :batch FOR UPDATE""",
        """UPDATE idempotency_keys SET body = :value
           WHERE organization_id = split_part(:row, '/', 1) AND key = substr(:row, strpos(:row, '/') + 1)""",
        "idempotency/{}",
    ),
}
"""Every column with sealed values; what is sealed anywhere else is lost when its key goes."""


def find_sealed(
    session: Session, *, kind: Sealed, key_id: bytes, after: str, batch: int
) -> Sequence[tuple[str, str, bytes]]:
    """Lock up to `batch` values that another key sealed, in the order of their rows, from after that row."""
    rows = session.execute(text(kind.find), {"key_id": key_id, "after": after, "batch": batch})
    return [(row[0], kind.about.format(row[0]), bytes(row[1])) for row in rows]


def write_sealed(session: Session, *, kind: Sealed, values: Sequence[tuple[str, bytes]]) -> None:
    """Write values again, by their rows."""
    parameters: list[dict[str, Any]] = [{"row": row, "value": value} for row, value in values]
    if parameters:
        session.execute(text(kind.write), parameters)
