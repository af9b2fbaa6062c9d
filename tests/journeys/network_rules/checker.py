"""The networks' rules once more, told naively: plain numbers and loops, and nothing of what they check.

`Try` is a charge as the network saw it, with the brand that the card truly has.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VISA_NEVER = {"04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1", "R3"}
VISA_NEVER_ONCE = {"03", "62", "78", "93"}
ADVICE_WAITS = {"02": 72, "24": 1, "25": 24, "26": 48, "27": 96, "28": 144, "29": 192, "30": 240}
INDIA = ZoneInfo("Asia/Kolkata")


def day(year, month, date):
    return datetime(year, month, date, tzinfo=UTC)


@dataclass
class Instrument:
    """What the payer truly has."""

    rail: str
    brand: str
    country: str
    mandate: bool


@dataclass
class Try:
    """One charge: `declined` is None while nobody knows."""

    at: datetime
    order: str
    amount: int
    ours: bool
    declined: bool | None = None
    code: str | None = None
    advice: str | None = None


def broken(card: Instrument, order: str, amount: int, at: datetime, earlier: list[Try]) -> list[str]:
    """Return what a charge at that time would break."""
    mine = [each for each in earlier if each.order == order]
    found = [*_card_rules(card, order, amount, at, earlier), *_limits(card, amount, at, earlier, margin=False)]
    if card.rail == "ach" and at >= day(2015, 9, 18):
        codes = {each.code for each in mine if each.code}
        found += ["ACH: a final return"] * bool(codes - {"R01", "R09"})
        found += ["ACH: a fourth presentment"] * (len(mine) >= 3)
        found += ["ACH: another amount"] * any(each.amount != amount for each in mine)
        found += ["ACH: too late"] * (bool(mine) and at > min(each.at for each in mine) + 180 * DAY)
    if card.rail == "sepa":
        found += ["SEPA: a final return"] * any(each.code not in {None, "AM04", "MS03"} for each in mine)
    if card.country == "IN" and card.mandate:
        found += _india(card, amount, at, mine, notice=24)
    return found


def unwise(card: Instrument, order: str, amount: int, at: datetime, earlier: list[Try]) -> list[str]:
    """Return what a plan would break for that time: all that a charge would, and the margins that plans leave."""
    mine = [each for each in earlier if each.order == order]
    found = [*broken(card, order, amount, at, earlier), *_limits(card, amount, at, earlier, margin=True)]
    if card.country == "IN" and card.mandate:
        found += _india(card, amount, at, mine, notice=48 if card.rail == "upi" else 36)
    return found


def _card_rules(card, order, amount, at, earlier):
    never = VISA_NEVER | (VISA_NEVER_ONCE if at < day(2021, 4, 17) else set())
    for each in earlier:
        if card.brand == "visa" and each.code in never:
            yield f"Visa: category 1 ({each.code})"
        soft = {"visa": {"1A", "70"}, "mastercard": {"65"}}.get(card.brand, set())
        if each.order == order and each.code in soft and at >= day(2021, 1, 1):
            yield f"SCA: soft decline ({each.code})"
        if card.brand != "mastercard" or each.advice is None:
            continue
        if each.advice in {"03", "21"} and at >= day(2021, 1, 1):
            if each.amount == amount and at < each.at + 30 * DAY:
                yield f"Mastercard: advice {each.advice}"
        elif at < each.at + _wait(each.advice, at):
            yield f"Mastercard: advice {each.advice} asks to wait"


def _wait(advice, at):
    begins = day(2019, 1, 1) if advice == "02" else day(2022, 4, 1)
    return HOUR * (ADVICE_WAITS.get(advice, 0) if at >= begins else 0)


def _limits(card, amount, at, earlier, *, margin):
    def failed(window, *, same=False):
        return sum(
            each.declined is not False and each.at > at - window and (not same or each.amount == amount)
            for each in earlier
        )

    if card.brand == "visa" and at >= day(2021, 4, 17):
        most, planned = (20, 15) if at >= day(2025, 5, 19) else (15, 10)
        if failed(30 * DAY) >= (planned if margin else most):
            yield "Visa: too many in 30 days"
    if card.brand == "mastercard" and at >= day(2019, 1, 1):
        most, planned = (9, 8) if at >= day(2022, 10, 1) else (19, 18)
        if failed(DAY) >= (planned if margin else most):
            yield "Mastercard: too many in a day"
        if at >= day(2023, 11, 1) and failed(30 * DAY, same=True) >= (15 if margin else 35):
            yield "Mastercard: too many of an amount in 30 days"
        if card.country == "BR" and at >= day(2024, 1, 1) and failed(30 * DAY) >= 7:
            yield "Mastercard: too many in Brazil"
    if margin and card.brand in {"amex", "discover"} and failed(30 * DAY) >= 15:
        yield f"{card.brand}: too many in 30 days"


def _india(card, amount, at, mine, *, notice):
    since = day(2020, 1, 1) if card.rail == "upi" else day(2021, 10, 1)
    if at >= since and mine and at < max(each.at for each in mine) + notice * HOUR:
        yield "India: no notice before the debit"
    limits = [(day(2019, 9, 1), 2_000), (day(2021, 1, 1), 5_000), (day(2022, 6, 16), 15_000)]
    most = [rupees for begins, rupees in limits if at >= begins]
    if most and amount > most[-1] * 100:
        yield "India: the payer must authenticate"
    if card.rail == "upi" and at >= day(2025, 8, 1):
        if sum(each.declined is not False for each in mine) >= 4:
            yield "UPI: a fifth debit"
        local = at.astimezone(INDIA)
        minutes = local.hour * 60 + local.minute
        if 10 * 60 <= minutes < 13 * 60 or 17 * 60 <= minutes < 21 * 60 + 30:
            yield "UPI: a peak hour"
