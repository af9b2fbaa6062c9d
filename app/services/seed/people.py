"""Payers who do not exist: names of their country, mail at example.com, phone numbers that nobody can have."""

from dataclasses import dataclass
from typing import Any, Final

from app.services.seed.dice import Dice


@dataclass(frozen=True, slots=True)
class Place:
    """Where payers in a currency live. The phone's prefix is reserved for fiction, or no mobile's there."""

    country: str
    locale: str
    timezone: str
    phone: str
    first: tuple[str, ...]
    last: tuple[str, ...]


def _place(country: str, locale: str, timezone: str, phone: str, first: str, last: str) -> Place:
    return Place(country, locale, timezone, phone, tuple(first.split()), tuple(last.split()))


PLACES: Final = {
    "INR": _place(
        "IN", "en-IN", "Asia/Kolkata", "+9155500",
        "Aarav Ananya Arjun Deepa Divya Fatima Gaurav Ishaan Kavya Lakshmi Manoj Meera Nikhil Pooja Priya Rahul Rohan "
        "Sanjay Sneha Vikram",
        "Agarwal Bose Chatterjee Das Gupta Iyer Joshi Khan Kulkarni Menon Mishra Nair Patel Rao Reddy Sharma Singh",
    ),
    "PHP": _place(
        "PH", "fil-PH", "Asia/Manila", "+6355500",
        "Althea Angelo Bea Carlo Dianne Ernesto Gabriel Hazel Jasmine Joaquin Josefa Kristine Liza Marco Paolo Rosa",
        "Aquino Bautista Castro Cruz Dizon Garcia Lim Mendoza Navarro Ocampo Ramos Reyes Santos Torres Villanueva",
    ),
    "IDR": _place(
        "ID", "id-ID", "Asia/Jakarta", "+6255500",
        "Adi Ayu Bayu Citra Dewi Eko Fitri Gita Indra Kartika Putri Rizky Sari Wayan Yusuf",
        "Halim Hidayat Kusuma Lestari Nugroho Pratama Putra Saputra Setiawan Siregar Wibowo Wijaya",
    ),
    "USD": _place(
        "US", "en-US", "America/New_York", "+1202555",
        "Aisha Brandon Carmen Derek Emily Grace Hannah Jamal Kevin Laura Marcus Nina Olivia Peter Rachel Tyler",
        "Adams Baker Carter Diaz Edwards Foster Green Hughes Johnson Kim Lopez Miller Nguyen Parker Reed Walker",
    ),
    "EUR": _place(
        "DE", "en-DE", "Europe/Berlin", "+493023125",
        "Anna Camille Chiara Elena Felix Greta Hugo Ines Jonas Lars Lena Luca Mathis Nora Pablo Sofie",
        "Bakker Bernard Dubois Fischer Hoffmann Jansen Keller Marino Moreau Novak Rossi Schmidt Silva Weber Wolf",
    ),
    "JPY": _place(
        "JP", "ja-JP", "Asia/Tokyo", "+819000000",
        "Aoi Daichi Emi Haruto Hina Kaito Ken Mei Naoki Ren Sakura Sora Yui Yuto",
        "Fujita Ito Kato Kobayashi Mori Nakamura Saito Sato Suzuki Takahashi Tanaka Watanabe Yamada",
    ),
}  # fmt: skip
_DIGITS: Final = {"US": "01", "DE": "", "JP": ""}
"""What follows the prefix before the payer's own digits: `555-01xx` is fiction's in North America."""


def payer(dice: Dice, *, currency: str, number: int) -> dict[str, Any]:
    """Return the customer `number` of a merchant, as a merchant reports one."""
    place = PLACES[currency]
    first, last = dice.one_of(place.first), dice.one_of(place.last)
    own = f"{number % 100:02d}" if place.country == "US" else f"{number % 1000:03d}"
    filling = _DIGITS.get(place.country, "00")
    return {
        "ref": f"cus_{number:06d}",
        "name": f"{first} {last}",
        "email": f"{first}.{last}.{number}@example.com".lower(),
        "phone": f"{place.phone}{filling}{own}",
        "locale": place.locale,
        "timezone": place.timezone,
        "country": place.country,
    }
