"""What several ways to prove oneself refuse."""

from app.domain.errors import TinkoError


class TokenGoneError(TinkoError):
    """A link that was mailed works no more: it was used, has expired, was taken back, or is none of ours."""

    default_code = "token_gone"
