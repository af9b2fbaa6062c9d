"""Who opens a link without being a payer: mail scanners, chat previews, prefetch. Recognised by what they say."""

from collections.abc import Mapping
from typing import Final

AGENTS: Final = (
    # Mail security that opens every link before the reader does.
    "barracuda",
    "bitdefender",
    "cisco-ironport",
    "fireeye",
    "forcepoint",
    "fortinet",
    "googleimageproxy",
    "mimecast",
    "ms-office",
    "proofpoint",
    "safelinks",
    "sophos",
    "symantec",
    "trendmicro",
    "trend micro",
    "zscaler",
    # Previews in chats and social networks.
    "discordbot",
    "facebookexternalhit",
    "facebot",
    "linkedinbot",
    "meta-externalagent",
    "skypeuripreview",
    "slack-imgproxy",
    "slackbot",
    "telegrambot",
    "twitterbot",
    "viber",
    "whatsapp/",
    # Search engines, monitors and whatever says that it is a program.
    "bot/",
    "bot;",
    "bot ",
    "crawler",
    "curl/",
    "go-http-client",
    "headlesschrome-lighthouse",
    "java/",
    "libwww-perl",
    "okhttp",
    "pingdom",
    "python-httpx",
    "python-requests",
    "python-urllib",
    "spider",
    "statuscake",
    "uptimerobot",
    "wget/",
)
"""Parts of a User-Agent, in lower case, that no payer's browser has."""

PURPOSES: Final = ("prefetch", "prerender", "preview")
"""What `Purpose`, `X-Purpose`, `X-Moz` and `Sec-Purpose` say of a page that nobody looks at yet."""

PURPOSE_HEADERS: Final = ("purpose", "sec-purpose", "x-purpose", "x-moz")


def only_looks(headers: Mapping[str, str]) -> bool:
    """Tell whether a request (header names in lower case) comes from a machine that only looks.

    A request without a User-Agent is one: every browser sends it.
    """
    agent = headers.get("user-agent", "").lower()
    if not agent.strip() or any(part in agent for part in AGENTS):
        return True
    said = " ".join(headers.get(name, "").lower() for name in PURPOSE_HEADERS)
    return any(purpose in said for purpose in PURPOSES)
