"""The sandbox: a provider to practise against, known only over HTTP like the real ones."""

from app.psp.sandbox.adapter import provider
from app.psp.sandbox.console import SandboxConsole

__all__ = ["SandboxConsole", "provider"]
