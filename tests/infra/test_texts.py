"""Texts that merchants write: what they may say, and everything else."""

import pytest

from app.domain.notify.contacts import LANGUAGES
from app.domain.notify.events import ITEM_VARIABLES, VARIABLES, Event, required_in
from app.domain.notify.port import Channel
from app.domain.notify.texts import default_text, layout
from app.infra.texts import Names, TextInvalidError, check_text, render_text

NAMES = Names(VARIABLES, ITEM_VARIABLES)


def test_a_text_says_which_names_it_uses():
    assert check_text("{% if retry_at %}{{ amount|upper }}{% endif %} {{ code }}", NAMES) == {
        "retry_at",
        "amount",
        "code",
    }


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ amonut }}", "amonut is not known"),
        ("{% if x", "Line 1"),
        ("{{ amount.__class__ }}", ".__class__ is not known"),
        ("{{ 'a' * 1000000000 }}", "mul is not allowed"),
        ("{% for a in range(9) %}{% endfor %}", "only `for"),
        ("{% for a in items %}{% for b in items %}{% endfor %}{% endfor %}", "loops cannot be nested"),
        ("{% for a in items %}{{ a.secret }}{% endfor %}", ".secret is not known"),
        ("{% set amount = 1 %}", "assign is not allowed"),
        ("{% include 'x' %}", "include is not allowed"),
        ("{{ amount|attr('x') }}", "the filter attr is not known"),
        ("{{ merchant() }}", "call is not allowed"),
        ("{% for amount in items %}{% endfor %}", "amount cannot be set"),
        ("x" * 10_001, "longer than"),
        ("{{ " + "(" * 5000 + "amount" + ")" * 5000 + " }}", ""),
    ],
)
def test_what_is_not_allowed_is_refused_with_its_place(source, words):
    with pytest.raises(TextInvalidError) as refused:
        check_text(source, NAMES)
    assert words in str(refused.value)


def test_values_are_escaped_in_html_and_only_there():
    assert render_text("{{ merchant }}", {"merchant": "<b>&"}) == "<b>&"
    assert render_text("{{ merchant }}", {"merchant": "<b>&"}, html=True) == "&lt;b&gt;&amp;"


def test_a_value_that_is_missing_is_an_error_and_not_a_gap():
    with pytest.raises(TextInvalidError):
        render_text("{{ merchant }}", {})


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_default_text_passes_and_shows_what_it_must(language, event, channel):
    text = default_text(event, channel, language)
    used = check_text(text.body, NAMES)
    assert required_in(event) <= used
    assert check_text(text.subject, NAMES) <= VARIABLES
    if event is not Event.DIGEST:
        assert "retry_at" in used


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_tell_the_truth_about_the_next_try(language):
    values = dict.fromkeys(VARIABLES, "x") | {"items": []}
    body = default_text(Event.ACTION_NEEDED, Channel.EMAIL, language).body
    with_retry = render_text(body, values | {"retry_at": "Monday at nine"})
    without = render_text(body, values | {"retry_at": ""})
    assert "Monday at nine" in with_retry
    assert with_retry != without


def test_languages_differ_and_the_last_notice_differs_from_the_others():
    bodies = {default_text(Event.LAST_NOTICE, Channel.EMAIL, language).body for language in LANGUAGES}
    assert len(bodies) == len(LANGUAGES)
    for language in LANGUAGES:
        last, first = (
            default_text(event, Channel.EMAIL, language) for event in (Event.LAST_NOTICE, Event.ACTION_NEEDED)
        )
        assert (last.subject, last.body) != (first.subject, first.body)
        assert layout(language).button
    assert default_text(Event.DIGEST, Channel.SMS, "xx") == default_text(Event.DIGEST, Channel.SMS, "en")
