"""Drafts of policies on the organization's own history, over HTTP."""

PATH = "/v1/simulations"


def test_a_simulation_says_what_it_saw_and_how_it_was_reckoned(client, merchant):
    answer = client.post(PATH, json={"settings": {"max_retries": 5}}, headers=merchant.headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["settings"]["max_retries"] == 5
    assert (found["seen"], found["most"], found["bounded"], found["by_currency"]) == (0, 5000, False, [])
    assert found["charges"] == {"made": 0, "planned": 0, "more": 0, "fewer": 0}
    assert any("not known" in line for line in found["method"])


def test_what_cannot_be_simulated_is_refused(client, merchant):
    def pointers(body):
        answer = client.post(PATH, json=body, headers=merchant.headers)
        assert answer.status_code == 422
        return [error["pointer"] for error in answer.json()["errors"]]

    assert pointers({"settings": {"max_delay_minutes": 3}}) == ["/settings/max_delay_minutes"]
    assert pointers({"settings": {}, "from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}) == [""]
