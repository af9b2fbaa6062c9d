"""Bad settings, told by the names that people set."""

from pydantic import ValidationError

from app.infra.settings import Settings


def explain(error: ValidationError) -> list[str]:
    """Return one line for each bad setting: its environment variable and what is wrong with it, not its value."""
    return [
        ": ".join([*(_variable(str(field)) for field in item["loc"][:1]), item["msg"].removeprefix("Value error, ")])
        for item in error.errors(include_input=False)
    ]


def _variable(field: str) -> str:
    known = Settings.model_fields.get(field)
    return str(known.validation_alias) if known is not None else field
