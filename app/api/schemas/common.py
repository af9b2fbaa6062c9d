"""Types that several bodies share."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

BIGGEST: Final = 2**63 - 1

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
BigInt = Annotated[int, Field(ge=-BIGGEST, le=BIGGEST)]


class Body(BaseModel):
    """A request's body: fields that are not known are refused, so that a typing error shows."""

    model_config = ConfigDict(extra="forbid")
