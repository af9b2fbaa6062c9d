"""A merchant's name, colour and logo on the payer's page."""

import base64
import re

import pytest

from app.domain.branding.colors import DARK_CARD, LIGHT_CARD, contrast
from app.pages import look
from tests.factories.pictures import jpeg, png


def dress(client, merchant, **branding):
    answer = client.patch("/v1/auth/org", json=branding, headers=merchant.owner.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def page(client, till, **facts):
    return client.get(f"/pay/retry/{till.link(**facts).token}")


def colors(text):
    """Return the last value of each variable on a light page, and on a dark one."""
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    blocks = re.findall(r":root{([^}]*)}", style)
    return [dict(pair.split(":", 1) for pair in block.split(";") if pair) for block in blocks]


def test_the_page_has_the_merchants_name_colour_and_logo(client, till, merchant):
    logo = png(240, 96)
    dress(
        client,
        merchant,
        display_name="Harbour & Sons",
        brand_color="#FFCC00",
        logo=f"data:image/png;base64,{base64.b64encode(logo).decode()}",
    )
    answer = page(client, till)
    assert "Harbour &amp; Sons</span>" in answer.text
    assert "Harbour Books" not in answer.text
    source, width, height = re.search(r'<img src="([^"]+)" alt="" width="(\d+)" height="(\d+)">', answer.text).groups()
    assert (width, height) == ("120", "48")
    picture = client.get(source)
    assert (picture.content, picture.headers["content-type"]) == (logo, "image/png")
    assert picture.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert picture.headers["x-content-type-options"] == "nosniff"
    light, dark = colors(answer.text)[-2:]
    for shade, card in ((light, LIGHT_CARD), (dark, DARK_CARD)):
        assert (shade["--act"], shade["--on-act"]) == ("#ffcc00", "#000000")
        assert contrast(shade["--link"], card) >= 4.5
        assert contrast(shade["--edge"], card) >= 3
        assert shade["--focus"] == shade["--edge"]


def test_a_logo_that_is_no_longer_used_is_gone(client, till, merchant):
    path = dress(client, merchant, logo=base64.b64encode(jpeg()).decode())["logo_url"]
    assert client.get(path).headers["content-type"] == "image/jpeg"
    other = dress(client, merchant, logo=base64.b64encode(png()).decode())["logo_url"]
    assert other != path
    assert client.get(path).status_code == 404
    assert dress(client, merchant, logo=None)["logo_url"] is None
    assert client.get(other).status_code == 404
    assert "<img" not in page(client, till).text


@pytest.mark.parametrize("name", ["none.png", "", "..%2f..%2fetc", f"{0:032x}.png", "a" * 300])
def test_nobody_finds_a_logo_by_guessing(client, name):
    assert client.get(f"/pay/logo/{name}").status_code == 404


def test_the_cards_are_those_of_the_stylesheet():
    assert re.findall(r"--card:(#\w+);", look.PLAIN) == [LIGHT_CARD, DARK_CARD]


@pytest.mark.parametrize("block", [0, 1])
def test_the_pages_own_colours_are_legible(block):
    shades = colors(f"<style>{look.PLAIN}</style>")[block]
    for text, ground in (
        ("--ink", "--card"),
        ("--ink", "--paper"),
        ("--soft", "--card"),
        ("--on-act", "--act"),
        ("--link", "--card"),
        ("--good", "--good-bg"),
        ("--warn", "--warn-bg"),
        ("--bad", "--bad-bg"),
    ):
        assert contrast(shades[text], shades[ground]) >= 4.5, (text, ground)
    for shape in ("--edge", "--field", "--focus"):
        assert contrast(shades[shape], shades["--card"]) >= 3, shape


def test_a_logo_is_shown_whole_and_never_enlarged():
    from app.db.models import Organization

    def shown(width, height):
        logo = look.logo_of(Organization(logo_name="a.png", logo_width=width, logo_height=height))
        return logo.width, logo.height

    assert shown(20, 20) == (20, 20)
    assert shown(400, 100) == (192, 48)
    assert shown(1000, 125) == (200, 25)
    assert look.logo_of(Organization()) is None
