"""Contacts, hidden."""

import pytest

from app.domain.identity.masking import mask_contact, mask_email, mask_json, mask_name, mask_phone, mask_text


@pytest.mark.parametrize(
    ("hide", "plain", "hidden"),
    [
        (mask_email, "asha.rao@example.com", "a…@example.com"),
        (mask_email, "no address", "…"),
        (mask_phone, "+91 98765-43210", "…10"),
        (mask_phone, "1234", "…"),
        (mask_name, "Asha  Krishnan Rao", "A… K… R…"),
        (mask_contact, "a@b.c", "a…@b.c"),
        (mask_contact, "+919876543210", "…10"),
    ],
)
def test_of_a_contact_little_is_left(hide, plain, hidden):
    assert hide(plain) == hidden
    assert hide(None) is None
    assert hide("") == ""


def test_contacts_that_stand_in_a_text_are_hidden_and_the_rest_stays():
    text = "call +91 98765 43210 or mail a.b@c.in about pay_123 of 2026-11-21, 5000 INR"
    assert mask_text(text) == "call …10 or mail a…@c.in about pay_123 of 2026-11-21, 5000 INR"


def test_json_is_masked_by_its_keys_in_any_spelling_and_depth():
    value = {
        "customer": {"name": "Asha Rao", "payerEmail": "x@y.z", "ref": "c-1"},
        "billing_phone": "9876543210",
        "mobile": 9876543210,
        "vpa": "asha@okbank",
        "items": [{"product": {"name": "Tea"}, "amount": 500, "gift": True}],
        "shipping": {"address": {"line1": "1 Sea Road", "city": "Kochi"}},
        "firstName": "Asha",
        "none": None,
    }
    assert mask_json(value) == {
        "customer": {"name": "A… R…", "payerEmail": "x…@y.z", "ref": "c-1"},
        "billing_phone": "…10",
        "mobile": "…10",
        "vpa": "a…@okbank",
        "items": [{"product": {"name": "Tea"}, "amount": 500, "gift": True}],
        "shipping": {"address": {"line1": "…", "city": "…"}},
        "firstName": "A…",
        "none": None,
    }


def test_what_nests_too_deep_is_left_out():
    value = "asha@example.com"
    for _ in range(60):
        value = [value]
    assert "asha" not in str(mask_json(value))
