"""`tinko doctor`: says in one line each what is well, what is not, and how to mend it."""

import argparse
from collections.abc import Callable, Sequence

from app.cli.doctor import machine, mail, servers
from app.cli.doctor.findings import Finding
from app.infra.settings import Settings

Check = Callable[[Settings], Sequence[Finding]]
CHECKS: tuple[Check, ...] = (
    machine.python,
    machine.secrets,
    machine.home,
    machine.ports,
    mail.mail_ports,
    servers.database,
    servers.redis_server,
    servers.sandbox,
    mail.mail_server,
    mail.providers,
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.set_defaults(command=doctor)


def doctor(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Print one line per finding; the exit code is 1 if anything is wrong."""
    findings = [finding for check in CHECKS for finding in check(settings)]
    for finding in findings:
        print(finding.line())
    wrong = sum(not finding.ok for finding in findings)
    print("\nAll is well." if wrong == 0 else f"\n{wrong} to mend.")
    return 1 if wrong else 0
