"""One word, one meaning: what the database lets in is what the ground floor knows."""

from app.db.models import failures, identity, ledger
from app.domain.classification import Category, Hardness
from app.domain.identity.access import Role
from app.domain.ledger import POSTINGS, Movement


def test_categories_and_hardness_are_the_classifiers():
    assert set(failures.CATEGORIES) == set(Category)
    assert set(failures.HARDNESS) == set(Hardness)


def test_roles_are_those_that_have_permissions():
    assert set(identity.ROLES) == set(Role)


def test_every_movement_of_money_is_posted_to_known_accounts():
    assert set(POSTINGS) == set(Movement)
    used = {account for posting in POSTINGS.values() for account in (posting.debit, posting.credit)}
    assert used == set(ledger.ACCOUNTS)
