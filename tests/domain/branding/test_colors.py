"""Colours and their contrast, by WCAG's own numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.branding.colors import (
    BLACK,
    DARK_CARD,
    LIGHT_CARD,
    SHAPE,
    TEXT,
    WHITE,
    ColorInvalidError,
    contrast,
    palette_on,
    read_color,
    text_on,
)

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        (BLACK, WHITE, 21.0),
        (WHITE, BLACK, 21.0),
        ("#777777", "#777777", 1.0),
        # The two greys round the border of 4.5 on white.
        ("#767676", WHITE, 4.54),
        ("#777777", WHITE, 4.48),
        ("#0000ff", WHITE, 8.59),
        ("#ffff00", WHITE, 1.07),
    ],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert round(contrast(one, other), 2) == ratio


@pytest.mark.parametrize(
    ("given_text", "color"), [("#0B57D0", "#0b57d0"), (" #ffcc00 ", "#ffcc00"), ("#000000", "#000000")]
)
def test_a_color_is_read_whatever_its_case(given_text, color):
    assert read_color(given_text) == color


@pytest.mark.parametrize(
    "text", ["", "red", "0b57d0", "#0b5", "#0b57d0ff", "#gggggg", "#0b57d0;}", "#" + "\u0660" * 6, "#0b57d0\n}"]
)
def test_what_is_no_color_is_refused_with_its_place(text):
    with pytest.raises(ColorInvalidError) as refused:
        read_color(text)
    assert (refused.value.code, refused.value.errors[0].pointer) == ("color_invalid", "/brand_color")


@pytest.mark.parametrize(
    ("color", "text"), [("#0b57d0", WHITE), ("#ffcc00", BLACK), ("#767676", WHITE), ("#777777", BLACK)]
)
def test_text_on_a_color_is_white_where_that_is_legible_else_black(color, text):
    assert text_on(color) == text


@pytest.mark.parametrize("card", [LIGHT_CARD, DARK_CARD])
@given(color=COLORS)
def test_every_color_becomes_legible_and_stays_what_it_is_on_the_button(card, color):
    palette = palette_on(color, card=card)
    assert palette.fill == color
    assert contrast(palette.text, palette.fill) >= TEXT
    assert contrast(palette.edge, card) >= SHAPE
    assert contrast(palette.link, card) >= TEXT


def test_a_color_that_is_legible_already_is_not_moved():
    palette = palette_on("#0b57d0", card=LIGHT_CARD)
    assert (palette.edge, palette.link) == ("#0b57d0", "#0b57d0")
    assert palette_on(WHITE, card=LIGHT_CARD).link not in {WHITE, BLACK}
