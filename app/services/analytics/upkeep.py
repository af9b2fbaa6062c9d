"""The rollups' upkeep: deltas added up, everything recounted, and what is there held against a recount."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy.orm import Session

from app.db.queries import analytics_fold as queries
from app.db.queries.analytics_fold import Difference
from app.db.session import Begin

_AT_A_TIME: Final = 500
_MOST_DIFFERENCES: Final = 1000


def fold_deltas(session: Session, *, batch: int) -> int:
    """Add up to `batch` deltas to the rollups; return how many. 0 as well while another process does it."""
    return queries.fold(session, batch=batch)


def rebuild(begin: Begin, *, organization_id: str, batch: int) -> int:
    """Make an organization's rollups what a recount says, while traffic goes on; return how many rows were wrong.

    First recoveries learn what was never written down on them (those from before there were rollups);
    then what is missing is added, and folded in; last, days and months are made from their parts if they differ.
    """
    with begin() as session:
        queries.take_your_time(session)
        queries.remember_steps(session, organization_id=organization_id)
    with begin() as session:
        queries.take_your_time(session)
        wrong = queries.add_missing(session, organization_id=organization_id)
    while True:
        with begin() as session:
            queries.take_your_time(session)
            if queries.fold(session, batch=batch) < batch:
                break
    with begin() as session:
        queries.take_your_time(session)
        uneven = queries.count_coarser_differences(session, organization_id=organization_id)
        if uneven:
            queries.make_coarser(session, organization_id=organization_id)
    return wrong + uneven


def check(begin: Begin, *, organization_id: str) -> tuple[list[Difference], dict[str, int]]:
    """Recount an organization's rows; return where the rollups differ, and how many other things are wrong, by name.

    Those are columns of recoveries that lack what happened, and coarser rollups that are not the sum of finer ones.
    The first thousand differences are returned.
    """
    with begin() as session:
        queries.take_your_time(session)
        differences = queries.find_differences(session, organization_id=organization_id, limit=_MOST_DIFFERENCES)
        others = queries.count_forgotten_steps(session, organization_id=organization_id)
        uneven = queries.count_coarser_differences(session, organization_id=organization_id)
        return differences, others | ({"rollups of days and months": uneven} if uneven else {})


def every_organization(begin: Begin) -> Iterator[str]:
    """Yield all organizations' ids, a page of them at a time."""
    after = ""
    while True:
        with begin() as session:
            page = queries.organizations_after(session, after=after, limit=_AT_A_TIME)
        yield from page
        if len(page) < _AT_A_TIME:
            return
        after = page[-1]


def is_known(session: Session, *, organization_id: str) -> bool:
    """Tell whether there is such an organization."""
    return queries.exists(session, organization_id=organization_id)
