"""Tokens that are no links of ours, each wrong in another way."""

import jwt

from app.infra.link_tokens import LinkTokens


def tokens_that_are_none(container, issued):
    good = issued.token
    head, body, signature = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    with_own_key = LinkTokens((b"k" * 32,)).issue(
        link_id=issued.link_id, organization_id=claims["org"], now=container.clock.now(), expires_at=issued.expires_at
    )
    key = container.link_tokens._keys[container.link_tokens._current]
    kid = {"kid": container.link_tokens._current}

    def signed(**changes):
        return jwt.encode({**claims, **changes}, key, algorithm="HS256", headers=kid)

    return {
        "tampered": f"{head}.{body[:-2]}{'AA' if body[-2:] != 'AA' else 'BB'}.{signature}",
        "truncated": good[:-5],
        "foreign": with_own_key,
        "huge": "e" * 20_000,
        "none": jwt.encode(claims, None, algorithm="none", headers=kid),
        "another audience": signed(aud="tinko-api"),
        "another issuer": signed(iss="somebody"),
        "unknown id": signed(jti="lnk_" + "1" * 26),
        "another organization": signed(org="org_" + "1" * 26),
        "odd ids": signed(jti=7, org=["x"]),
        "two dots": "..",
        "words": "not-a-token",
        "not ASCII": "%E0%A4%B9",
        "an access token": container.tokens.issue(
            user_id="usr_1", organization_id=claims["org"], session_id="ses_1", now=container.clock.now()
        ),
    }
