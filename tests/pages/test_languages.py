"""Every text of the page exists in every language, with the same names in it."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app.domain.classification import Category
from app.domain.links.states import Situation
from app.domain.money import Money
from app.pages import words
from app.pages.languages import LOCALES, NAMES, choose_language

PAGES = Path(words.__file__).parent


def strings(value):
    if isinstance(value, str):
        return {value}
    values = value.values() if isinstance(value, dict) else value
    return {text for each in values for text in strings(each)}


def spoken():
    said = {name: value for name, value in vars(words).items() if name.isupper()}
    texts = strings(list(said.values())) - set(Situation)
    for template in (PAGES / "templates").glob("*.html"):
        texts |= set(re.findall(r'_\("([^"]+)"', template.read_text(encoding="utf-8")))
    for module in PAGES.glob("*.py"):
        texts |= set(re.findall(r'\.say\("([^"]+)"', module.read_text(encoding="utf-8")))
    return texts


@pytest.mark.parametrize("code", sorted(set(NAMES) - {"en"}))
def test_a_catalogue_says_everything_and_nothing_else(code):
    with (LOCALES / code / "pay.po").open("rb") as file:
        catalogue = read_po(file, locale=code, abort_invalid=True)
    translated = {message.id: message.string for message in catalogue if message.id}
    assert set(translated) == spoken()
    for text, translation in translated.items():
        assert translation.strip(), text
        assert sorted(re.findall(r"%\(\w+\)s", text)) == sorted(re.findall(r"%\(\w+\)s", translation)), text


def test_every_situation_and_category_has_words():
    assert set(words.HEADINGS) == set(words.SENTENCES) == set(Situation)
    assert set(words.REASONS) == set(Category)


@pytest.mark.parametrize(
    ("payer", "country", "money", "written"),
    [
        ("hi-IN", None, Money(12345678, "INR"), "₹1,23,456.78"),
        (None, "IN", Money(12345678, "INR"), "₹1,23,456.78"),
        ("fil-PH", None, Money(150000, "PHP"), "₱1,500.00"),
        (None, "US", Money(5000, "USD"), "$50.00"),
        (None, None, Money(5000, "JPY"), "¥5,000"),
        (None, "KW", Money(1234, "KWD"), "KWD1.234"),
        ("xx-YY", "ZZ", Money(100, "EUR"), "€1.00"),
    ],
)
def test_amounts_are_written_as_people_there_do(payer, country, money, written):
    language = choose_language(asked=None, payer=payer, accepted=None, country=country)
    assert language.money(money) == written
