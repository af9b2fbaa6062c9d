"""The command line's door: `tinko` and `python -m app`."""

import sys

from app.cli.parser import run_command


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    sys.exit(run_command(sys.argv[1:]))


if __name__ == "__main__":
    main()
