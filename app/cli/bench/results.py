"""What was measured: one line each for people, and bench.json for programs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Target:
    """What a ratio, or a value where there is no ratio, must reach: at least, or at most, `bound`."""

    bound: float
    at_most: bool = False

    def is_met(self, seen: float) -> bool:
        """Say whether `seen` is good enough."""
        return seen <= self.bound if self.at_most else seen >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:,g}"


@dataclass(frozen=True, slots=True)
class Result:
    """One figure; `ratio` is the value divided by that of the result called `against`."""

    name: str
    value: float
    unit: str
    against: str | None = None
    ratio: float | None = None
    target: Target | None = None

    def verdict(self) -> str:
        """Return the target and whether it was met; empty where there is none."""
        if self.target is None:
            return ""
        met = self.target.is_met(self.value if self.ratio is None else self.ratio)
        return f"target {self.target}: {'met' if met else 'MISSED'}"

    def line(self) -> str:
        """Return the figure for people."""
        value = f"{self.value:>12,.0f}" if self.value >= 100 else f"{self.value:>12,.2f}"  # noqa: PLR2004  (for the eye)
        ratio = "" if self.ratio is None else f"{self.ratio:.2f} of {self.against}"
        return f"  {self.name:<24}{value} {self.unit:<18}{ratio:<32}{self.verdict()}".rstrip()


def paired(
    name: str, unit: str, rounds: Iterable[tuple[float, float]], *, against: str, target: Target | None = None
) -> list[Result]:
    """Return the results of what was measured alternately: `rounds` holds (this, that), the ratio is their median's."""
    these, those = zip(*rounds, strict=True)
    ratio = median(this / that for this, that in zip(these, those, strict=True))
    return [Result(against, median(those), unit), Result(name, median(these), unit, against, ratio, target)]


def write_json(path: Path, results: Iterable[Result]) -> None:
    """Write `{name: {value, unit, against, ratio}}`."""
    plain = {
        each.name: {
            "value": round(each.value, 4),
            "unit": each.unit,
            "against": each.against,
            "ratio": None if each.ratio is None else round(each.ratio, 4),
        }
        for each in results
    }
    path.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
