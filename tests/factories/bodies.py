"""Small bodies that fit an OpenAPI schema, as far as schemas tell."""

from typing import Any


def example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """Return the smallest body that fits."""
    if "$ref" in schema:
        return example(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for given in ("example", "default", "const"):
        if given in schema:
            return schema[given]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example(document, schema["anyOf"][0])
    return _by_type(document, schema)


def _by_type(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    kind = schema.get("type", "object")
    if kind == "object":
        fields = schema.get("properties", {})
        return {name: example(document, fields[name]) for name in schema.get("required", ())}
    if kind == "array":
        return [example(document, schema["items"]) for _ in range(schema.get("minItems", 0))]
    if kind == "string" and schema.get("format") == "date-time":
        return "2026-12-24T12:00:00Z"
    return {"string": "x" * schema.get("minLength", 1), "boolean": False}.get(kind, schema.get("minimum", 1))
