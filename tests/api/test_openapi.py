"""The OpenAPI document under fire: no route answers 500, or anything that the document does not promise."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.transport.requests import ManagedCookiesSession

from tests.factories.document import api_document
from tests.factories.identity import make_merchant


def no_500(_ctx, response, _case) -> None:
    """503 says that a dependency is down, as the sandbox is here; a 500 would be ours."""
    assert response.status_code != 500, response.text


CHECKS = [no_500, status_code_conformance, content_type_conformance, response_schema_conformance]
# What ends the caller's own sign-in, or takes its rights away, would turn every later answer into 401 or 403.
ENDS_THE_CALLER = r"^/v1/auth/(logout|switch)$"
NEVER_ENDS = r"^/v1/stream$"
FROM_SERVERS = "/v1/events"


def fired_document() -> dict[str, Any]:
    """Return the document with the overrides of one category in detail.

    The six have one shape, and five operations take them: each would be fired at thirty times, with 620 cases.
    """
    document = api_document()
    _, *others = categories = document["components"]["schemas"]["ByCategoryIn"]["properties"]
    assert len({str(shape) for shape in categories.values()}) == 1
    categories.update({name: {"type": "null"} for name in others})
    sample = document["components"]["schemas"]["SampleIn"]["properties"]  # a report's own, as `events/payment_failed`
    sample.update({name: {"type": "null"} for name in ("customer", "payment_method")})
    return document


# Bodies whose every part is fired at elsewhere: a policy's terms at `policies/preview` and `simulations`, a rule's
# at `rules` and `rules/preview`, a failure at `events/payment_failed`. Examples and random cases reach these too.
OF_PARTS = ["PUT /v1/retry/policies/{policy_id}/draft", "PATCH /v1/rules/{rule_id}", "POST /v1/rules/test"]
config = schemathesis.config.SchemathesisConfig.from_dict(
    {
        "phases": {"coverage": {"unexpected-methods": ["PATCH", "QUERY"]}},  # one of all that a route does not have
        "operations": [{"include-name": name, "phases": {"coverage": {"enabled": False}}} for name in OF_PARTS],
    }
)
schema = schemathesis.openapi.from_dict(fired_document(), config=config)
routes = schema.exclude(path_regex=ENDS_THE_CALLER).exclude(path_regex=NEVER_ENDS)


@pytest.fixture(scope="module")
def callers(container) -> list[dict[str, str]]:
    """The owner, who may do all, and a key that may do what keys may."""
    merchant = make_merchant(container)
    return [merchant.owner.headers, merchant.headers]


def tells_keys_apart(case) -> bool:
    """Whether a case is fired with a key too.

    Thousands of cases go through every shape that a schema has, right and wrong: there the owner's calls reach all
    code that reads them. Examples and random cases have both callers, and so has what servers send with their keys.
    """
    return case.meta.phase.name != "coverage" or case.path.startswith(FROM_SERVERS)


@pytest.fixture(scope="module")
def connection() -> Iterator[ManagedCookiesSession]:
    """One connection for thousands of calls: it forgets cookies after each, and sends what a case says and no more."""
    with ManagedCookiesSession() as session:
        session.trust_env = False
        session.headers.clear()
        yield session


@pytest.mark.filterwarnings("ignore:Skipped test cases with unsupported payload media types")  # ndjson: test_ingest
@routes.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)
def test_no_answer_is_a_500_or_undocumented(case, base_url, callers, connection):
    for headers in callers[: 2 if tells_keys_apart(case) else 1]:
        case.call_and_validate(base_url=base_url, headers=headers, checks=CHECKS, session=connection, timeout=60)


def test_the_document_that_is_served_is_the_one_that_was_fired_at(client: httpx.Client):
    assert client.get("/openapi.json").json()["paths"].keys() == schema.raw_schema["paths"].keys()
