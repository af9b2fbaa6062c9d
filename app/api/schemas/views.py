"""Saved views and first steps, as the API takes and shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, StringConstraints

from app.api.schemas.common import Body, Name
from app.db.models import SavedView
from app.services.onboarding import FirstSteps, StepName

Page = Literal["recoveries"]
_Key = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")]
_Text = Annotated[str, StringConstraints(max_length=200)]
ViewQuery = Annotated[dict[_Key, _Text | bool | int], Field(max_length=20)]


class SavedViewIn(Body):
    """A view to save: a page's search parameters under a name."""

    name: Name
    page: Page = "recoveries"
    query: ViewQuery
    shared: bool = False


class SavedViewChange(Body):
    """What is to change; what is left out stays."""

    name: Name | None = None
    query: ViewQuery | None = None
    shared: bool | None = None


class SavedViewView(BaseModel):
    """A view; `mine` says whether it is the caller's own."""

    id: str
    name: str
    page: Page
    query: dict[str, Any]
    shared: bool
    mine: bool
    user_id: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: SavedView, user_id: str) -> Self:
        """Show a view to a person."""
        names = ("id", "name", "page", "query", "user_id", "created_at", "updated_at")
        own = {name: getattr(view, name) for name in names}
        return cls(**own, shared=view.is_shared, mine=view.user_id == user_id)


class ChooseIn(Body):
    """What a person chose for a step: `psp` with `sandbox`, or `policy` with `keep`."""

    step: Literal[StepName.PSP, StepName.POLICY]
    choice: Literal["sandbox", "keep"]


class StepView(BaseModel):
    """One of the first steps; `choice` is what a person said about it, if they did."""

    name: StepName
    done: bool
    at: datetime | None
    choice: str | None


class OnboardingView(BaseModel):
    """The first steps, in their order."""

    steps: list[StepView]
    dismissed: bool

    @classmethod
    def of(cls, first: FirstSteps) -> Self:
        """Show the steps."""
        names = tuple(StepView.model_fields)
        steps = [StepView(**{name: getattr(step, name) for name in names}) for step in first.steps]
        return cls(steps=steps, dismissed=first.dismissed)
