"""What a command says when it cannot go on."""


class CommandError(Exception):
    """The command cannot go on; the message says why and how to mend it, and the exit code is 1."""
