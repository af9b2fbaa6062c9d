"""The body of every error, and the statuses that any route may answer."""

from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel


class ProblemField(BaseModel):
    """One invalid field."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None
    errors: list[ProblemField] | None = None


_MEANINGS: Final = {
    400: "Malformed",
    401: "No credentials, or bad ones",
    403: "Not allowed",
    404: "Not there, or not yours",
    405: "The path does not know this method",
    409: "The state of the thing does not permit it",
    413: "Too large",
    415: "Wrong media type",
    422: "Understood, but invalid",
    429: "Too often; see Retry-After",
    503: "Busy or down; see Retry-After",
}
_CONTENT: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": meaning, "content": _CONTENT} for status, meaning in _MEANINGS.items()
}

# For routes whose path or body holds something that works for a while only.
GONE: Final[dict[int | str, dict[str, Any]]] = {410: {"description": "Works no more", "content": _CONTENT}}


def add_problem_schema(app: FastAPI) -> None:
    """Put the schema that PROBLEMS refers to into the application's OpenAPI document."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        if "Problem" not in schemas:
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs"))
            schemas["Problem"] = schema
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI documents
