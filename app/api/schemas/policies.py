"""Retry policies as the API takes and shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.common import Body, Name
from app.db.queries.policies import PolicyRow
from app.domain.recovery import policy_rules as rules
from app.domain.recovery.policy import DEFAULT_POLICY
from app.services.recovery.drafts import DraftRow, VersionRow
from app.services.recovery.policies import PolicyWish


def _whole(bounds: rules.Bounds) -> Any:
    return Field(strict=True, ge=int(bounds.least), le=int(bounds.most))


def _number(bounds: rules.Bounds) -> Any:
    return Field(strict=True, ge=bounds.least, le=bounds.most, allow_inf_nan=False)


Retries = Annotated[int, _whole(rules.RETRIES)]
Minutes = Annotated[int, _whole(rules.DELAY_MINUTES)]
Multiplier = Annotated[float, _number(rules.MULTIPLIER)]
Jitter = Annotated[float, _number(rules.JITTER)]
Days = Annotated[int, _whole(rules.WINDOW_DAYS)]
LinkAfter = Annotated[int, _whole(rules.LINK_AFTER)]
Ladder = Annotated[list[Minutes], Field(max_length=rules.MOST_RUNGS)]
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["21:00"])]
Flag = Annotated[bool, Field(strict=True)]
Channel = Literal["email", "sms", "whatsapp"]
StrategyWord = Annotated[
    Literal["backoff", "ladder", "timed"],
    Field(description="`ladder` needs `ladder_minutes`; `timed` is not available yet and is refused."),
]


def _usual_channels() -> list[Channel]:
    return ["email"]


def _without_defaults(schema: dict[str, Any]) -> None:
    """Say nothing of defaults in the document: what a PATCH leaves out stays as it is."""
    for each in schema["properties"].values():
        each.pop("default", None)


class OverridesIn(Body):
    """What differs for failures of one category; what is left out is as in the policy."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)

    max_retries: Retries = 0
    initial_delay_minutes: Minutes = 1
    backoff_multiplier: Multiplier = 1
    max_delay_minutes: Minutes = 1
    jitter: Jitter = 0
    strategy: StrategyWord = "backoff"
    ladder_minutes: Ladder = Field(default_factory=list)


class ByCategoryIn(Body):
    """Overrides by the six categories."""

    funds: OverridesIn | None = None
    issuer_decline: OverridesIn | None = None
    network: OverridesIn | None = None
    auth_timeout: OverridesIn | None = None
    upi_pending: OverridesIn | None = None
    unknown: OverridesIn | None = None


class QuietHours(Body):
    """When payers are not written to, by their own clock; `end` may be on the next day."""

    start: TimeOfDay
    end: TimeOfDay


class PolicyTermsIn(Body):
    """What a policy says. Delays are minutes; `jitter` is the largest share of a delay that is added to it."""

    max_retries: Retries = DEFAULT_POLICY.max_retries
    initial_delay_minutes: Minutes = DEFAULT_POLICY.initial_delay_minutes
    backoff_multiplier: Multiplier = DEFAULT_POLICY.backoff_multiplier
    max_delay_minutes: Minutes = DEFAULT_POLICY.max_delay_minutes
    window_days: Days = DEFAULT_POLICY.window_days
    jitter: Jitter = DEFAULT_POLICY.jitter
    strategy: StrategyWord = "backoff"
    ladder_minutes: Ladder = Field(default_factory=list)
    link_after_attempt: LinkAfter | None = DEFAULT_POLICY.link_after_attempt
    enabled_channels: list[Channel] = Field(default_factory=_usual_channels, max_length=10)
    quiet_hours: Annotated[QuietHours | None, Field(description="`null`: 20:00 to 09:00 by the payer's clock.")] = None
    quiet_weekends: Flag = DEFAULT_POLICY.quiet_weekends
    notify_retry_scheduled: Flag = DEFAULT_POLICY.notify_retry_scheduled
    notify_card_expiring: Flag = DEFAULT_POLICY.notify_card_expiring
    by_category: ByCategoryIn = ByCategoryIn()

    def wish(self) -> PolicyWish:
        """Return the fields that were given."""
        given = self.model_dump(mode="json", exclude_unset=True)
        overrides = given.get("by_category")
        if overrides is not None:
            given["by_category"] = {category: values for category, values in overrides.items() if values}
        return PolicyWish(name=given.pop("name", None), is_active=given.pop("is_active", None), terms=given)


class PolicyIn(PolicyTermsIn):
    """A new policy; what is left out is as in the default one."""

    name: Name
    is_active: bool = False


class PolicyChangeIn(PolicyTermsIn):
    """What changes; what is left out stays. `by_category` is replaced as a whole."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)

    name: Name = ""
    is_active: bool = False


class DraftIn(Body):
    """The next version in the making: what is left out is as in the version that holds."""

    settings: PolicyTermsIn
    based_on: Annotated[int | None, Field(ge=1, description="The version that the editor saw.")] = None


class PublishIn(Body):
    """Which version the caller believes to hold; 409 `policy_changed` if it is another."""

    expected_version: Annotated[int | None, Field(ge=1)] = None


class ChangeView(BaseModel):
    """One field that differs; `path` is a JSON pointer into the settings, null stands for a field that is not there."""

    path: str
    before: Any
    after: Any

    @classmethod
    def of(cls, difference: rules.Difference) -> Self:
        """Show a difference."""
        return cls(path=difference.path, before=difference.before, after=difference.after)


class DraftView(BaseModel):
    """A policy's draft. `changes` is against the version that holds; `is_outdated`: it is not `based_on` that one."""

    policy_id: str
    settings: dict[str, Any]
    based_on: int
    published_version: int
    is_outdated: bool
    changes: list[ChangeView]
    updated_by: str
    updated_at: datetime

    @classmethod
    def of(cls, row: DraftRow) -> Self:
        """Show a draft."""
        draft = row.draft
        return cls(
            policy_id=draft.policy_id,
            settings=draft.settings,
            based_on=draft.based_on,
            published_version=row.published.version,
            is_outdated=row.is_outdated,
            changes=[ChangeView.of(each) for each in row.changes],
            updated_by=draft.updated_by,
            updated_at=draft.updated_at,
        )


class VersionView(BaseModel):
    """One version, and what it changed of the one before."""

    version: int
    settings: dict[str, Any]
    created_by: str
    created_at: datetime
    changes: list[ChangeView]

    @classmethod
    def of(cls, row: VersionRow) -> Self:
        """Show a version."""
        own = {name: getattr(row.version, name) for name in ("version", "settings", "created_by", "created_at")}
        return cls(**own, changes=[ChangeView.of(each) for each in row.changes])


class VersionList(BaseModel):
    """A page of versions, newest first; `next_before` continues it."""

    items: list[VersionView]
    next_before: int | None

    @classmethod
    def of(cls, rows: list[VersionRow], *, limit: int) -> Self:
        """Show versions; `rows` holds up to one more than `limit`."""
        shown = [VersionView.of(row) for row in rows[:limit]]
        return cls(items=shown, next_before=shown[-1].version if len(rows) > limit else None)


class VersionUseView(BaseModel):
    """How many open recoveries keep a version."""

    version: int
    open: int


class PolicyUseView(BaseModel):
    """The open recoveries that began with a policy and keep their version of it, the newest version first."""

    open: int
    versions: list[VersionUseView]

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Self:
        """Show counts by version."""
        versions = [VersionUseView(version=version, open=count) for version, count in counts.items()]
        return cls(open=sum(counts.values()), versions=versions)


class PolicyView(BaseModel):
    """A policy in its current version. `updated_at` is when that version was written."""

    id: str
    name: str
    version: int
    is_active: bool
    has_draft: bool
    max_retries: int
    initial_delay_minutes: int
    backoff_multiplier: float
    max_delay_minutes: int
    window_days: int
    jitter: float
    strategy: str
    ladder_minutes: list[int]
    link_after_attempt: int | None
    enabled_channels: list[str]
    quiet_hours: QuietHours | None
    quiet_weekends: bool = DEFAULT_POLICY.quiet_weekends
    notify_retry_scheduled: bool = DEFAULT_POLICY.notify_retry_scheduled
    notify_card_expiring: bool = DEFAULT_POLICY.notify_card_expiring
    by_category: dict[str, dict[str, Any]]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: PolicyRow) -> Self:
        """Show a policy with its terms."""
        policy, version, draft = row
        own = {name: getattr(policy, name) for name in _OWN}
        return cls(**own, has_draft=draft is not None, updated_at=version.created_at, **version.settings)


_OWN: Final = ("id", "name", "version", "is_active", "created_at")
