"""Rotation of the key that seals: everything opens with the new one alone, whenever it was interrupted."""

import re
import secrets

import pytest
from sqlalchemy import func, select, text

from app.db.models import OutboxMessage, PspAccount, User
from app.db.queries.sealed import SEALED
from app.domain.identity.mails import Kind
from app.infra.crypto import Crypto, SealBrokenError
from app.services.identity.mails import open_wish, wish_mail
from app.services.identity.second_factor import offer_totp
from app.services.keys import rotate
from app.services.payments.accounts import create_account, open_account
from tests.conftest import ROOT
from tests.factories.identity import make_merchant

OLD, NEW = secrets.token_hex(32), secrets.token_hex(32)


@pytest.fixture
def connected(engine):
    """Seven accounts that the old key sealed."""
    with engine.begin() as session:
        made = [
            create_account(
                session,
                crypto=Crypto(OLD),
                organization_id=engine.organization_id,
                psp="stripe",
                label=str(number),
                credentials={"secret_key": f"sk_test_{number}"},
                webhook_secrets=(f"whsec_{number}",),
                now=engine.clock.now(),
            ).id
            for number in range(7)
        ]
    yield made
    with engine.begin() as session:  # no other test has these keys
        session.execute(text("DELETE FROM psp_accounts WHERE id = ANY(:ids)"), {"ids": made})
        session.execute(text("DELETE FROM idempotency_keys WHERE sealed"))


def opened(engine, crypto, account_ids):
    with engine.begin() as session:
        accounts = [session.get_one(PspAccount, account_id) for account_id in account_ids]
        return [open_account(account, crypto=crypto, live=False).secrets["secret_key"] for account in accounts]


def test_after_a_rotation_the_new_key_opens_everything_alone(engine, connected):
    with pytest.raises(SealBrokenError):
        opened(engine, Crypto(NEW), connected)
    counts = rotate(engine.begin, crypto=Crypto(NEW, previous=(OLD,)), batch=3)
    assert (counts["psp_accounts.credentials"].resealed, counts["psp_accounts.webhook_secrets"].resealed) == (7, 7)
    assert opened(engine, Crypto(NEW), connected) == [f"sk_test_{number}" for number in range(7)]
    again = rotate(engine.begin, crypto=Crypto(NEW, previous=(OLD,)), batch=3)
    assert again["psp_accounts.credentials"].resealed == 0


def test_a_rotation_that_was_interrupted_goes_on(engine, connected):
    crypto = Crypto(NEW, previous=(OLD,))

    done = []

    def die_after_the_first_batch(name, count):
        if count.resealed:
            done.append((name, count.resealed))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(engine.begin, crypto=crypto, batch=2, told=die_after_the_first_batch)
    counts = rotate(engine.begin, crypto=crypto, batch=2)
    ((name, resealed),) = done
    assert (name, counts[name].resealed + resealed) == ("psp_accounts.credentials", 7)
    assert 1 <= resealed <= 2  # a batch may hold what other keys sealed
    assert opened(engine, Crypto(NEW), connected) == [f"sk_test_{number}" for number in range(7)]


def test_what_no_key_opens_is_counted_and_left_alone(engine, connected):
    counts = rotate(engine.begin, crypto=Crypto(NEW), batch=3)
    assert counts["psp_accounts.credentials"].resealed == 0
    assert counts["psp_accounts.credentials"].unopenable >= 7
    assert opened(engine, Crypto(OLD), connected) == [f"sk_test_{number}" for number in range(7)]


@pytest.mark.usefixtures("connected")
def test_kept_answers_are_sealed_again_too(engine):
    about = f"idempotency/{engine.organization_id}/a/key with: strange % characters"
    with engine.begin() as session:
        session.execute(
            text("""INSERT INTO idempotency_keys (organization_id, key, fingerprint, status, body, sealed, expires_at)
                    VALUES (:id, :key, '', 200, :body, true, now() + interval '9 days')"""),
            {
                "id": engine.organization_id,
                "key": "a/key with: strange % characters",
                "body": Crypto(OLD).seal(b"answer", about=about),
            },
        )
    assert rotate(engine.begin, crypto=Crypto(NEW, previous=(OLD,)))["idempotency_keys.body"].resealed == 1
    with engine.begin() as session:
        kept = text("SELECT body FROM idempotency_keys WHERE organization_id = :id AND sealed")
        body = session.execute(kept, {"id": engine.organization_id}).scalar_one()
    assert Crypto(NEW).open(bytes(body), about=about) == b"answer"


@pytest.fixture
def person(container):
    """Somebody with a second factor and a mail on its way, sealed with the old key; gone after the test."""
    user = make_merchant(container).owner.user
    with container.database.begin() as session:
        offer_totp(session, crypto=Crypto(OLD), user_id=user.id)
        wish_mail(session, crypto=Crypto(OLD), kind=Kind.TOTP_ENABLED, email=user.email)
        wished = session.scalars(select(func.max(OutboxMessage.id))).one()
    yield user.id, wished, user.email
    with container.database.begin() as session:
        session.get_one(User, user.id).totp_sealed = None
        session.execute(text("DELETE FROM outbox WHERE id = :id"), {"id": wished})


def test_second_factors_and_mails_on_their_way_are_sealed_again_too(container, person):
    user_id, wished, email = person
    counts = rotate(container.database.begin, crypto=Crypto(NEW, previous=(OLD,)), batch=1)
    assert (counts["users.totp_sealed"].resealed, counts["outbox.payload"].resealed) == (1, 1)
    with container.database.begin() as session:
        secret = session.get_one(User, user_id).totp_sealed
        assert len(Crypto(NEW).open(secret, about=f"{user_id}:totp")) == 20
        mail = open_wish(Crypto(NEW), session.get_one(OutboxMessage, wished).payload)
    assert mail == {"kind": Kind.TOTP_ENABLED, "email": email}


def test_every_place_that_seals_is_known_to_the_rotation():
    """A new `.seal(` somewhere means a new line in `SEALED`, or secrets are lost with the old key."""
    sealing = re.compile(r"\.seal(?:_json)?\(")
    found = {
        str(path.relative_to(ROOT / "app"))
        for path in (ROOT / "app").rglob("*.py")
        if path.name != "crypto.py" and sealing.search(path.read_text(encoding="utf-8"))
    }
    known = {
        "services/payments/accounts.py",
        "services/notify/plan.py",
        "services/seed/asking.py",  # messages, as plan.py makes them
        "services/idempotency.py",
        "services/identity/second_factor.py",
        "services/identity/mails.py",
        "services/keys.py",
    }
    assert found == known
    assert len(SEALED) == 6
