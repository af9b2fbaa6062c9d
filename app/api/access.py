"""What each route asks of its caller, told in the OpenAPI document: read off the dependencies that check it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.api.deps import Permitted, get_caller, require_staff

NOTE: Final = "x-access"
"""The field of an operation: `callers` (`anyone`, `signed_in`, `staff`), and `permission` if one is needed."""


def access_note(callers: str, permission: str | None = None) -> dict[str, Any]:
    """Return what an operation says; for a route that asks by itself, as `openapi_extra`."""
    return {NOTE: {"callers": callers, **({} if permission is None else {"permission": permission})}}


def add_access_notes(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Put the note into every operation of those routers that has none."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        for router in routers:
            for route in router.routes:
                if isinstance(route, APIRoute) and route.include_in_schema:
                    _note(document, route)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI documents


def _note(document: dict[str, Any], route: APIRoute) -> None:
    calls = list(_calls(route.dependant))
    permission = next((call.permission for call in calls if isinstance(call, Permitted)), None)
    callers = "staff" if require_staff in calls else "signed_in" if get_caller in calls else "anyone"
    for method in route.methods or ():
        document["paths"][route.path_format][method.lower()].setdefault(NOTE, access_note(callers, permission)[NOTE])


def _calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)
