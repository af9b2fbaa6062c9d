"""How Stripe names things inside others."""

from app.psp.lenient import dict_of, text_of


def id_of(value: object) -> str | None:
    """Return the id of something that is named, or expanded."""
    return text_of(value) or text_of(dict_of(value).get("id"))
