"""The API's own document, for tests that are made from its routes before any server runs."""

from copy import deepcopy
from functools import cache
from typing import Any

from app.api.app import build_api
from app.bootstrap import build_container
from app.infra.settings import Settings


def api_document() -> dict[str, Any]:
    """Return the OpenAPI document as a copy of one's own. A process builds it once: that takes about a second."""
    return deepcopy(_built())


@cache
def _built() -> dict[str, Any]:
    unconnected = Settings(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none", REDIS_URL="redis://127.0.0.1:1/0")
    return build_api(build_container(unconnected)).openapi()
