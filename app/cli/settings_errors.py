"""Bad settings, told by the names that people set."""

from pydantic import ValidationError

from app.infra.settings import Settings


def explain(error: ValidationError) -> list[str]:
    """Return one line for each bad setting: its environment variable and what is wrong with it, not its value."""
    return [f"{_variable(str(item['loc'][0]))}: {item['msg']}" for item in error.errors(include_input=False)]


def _variable(field: str) -> str:
    known = Settings.model_fields.get(field)
    return str(known.validation_alias) if known is not None else field
