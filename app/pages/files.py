"""What a page loads besides itself: the merchant's logo, under a name that changes with its content."""

import re
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from app.pages.http import FOR_EVER, Shared
from app.services.identity.branding import read_logo_by_name

router = APIRouter(prefix="/pay", include_in_schema=False)

_NAME: Final = re.compile(r"[0-9a-f]{32}\.(png|jpeg|webp)")


@router.get("/logo/{name}")
def logo(container: Shared, name: str) -> Response:
    """Serve a merchant's logo, as the picture that it was found to be."""
    found = None
    if _NAME.fullmatch(name):
        with container.database.begin() as session:
            found = read_logo_by_name(session, name=name)
    if found is None:
        return Response(status_code=404)
    data, media_type = found
    return Response(data, media_type=media_type, headers=FOR_EVER)
