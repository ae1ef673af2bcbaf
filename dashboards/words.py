"""How codes, times and people's own words are said on a page."""

import re
from zoneinfo import ZoneInfo

LANGUAGES = {"en": "English", "fr": "French", "crs": "Creole", "other": "Other"}
CHANNELS = {
    "portal": "Portal",
    "facebook": "Facebook",
    "reddit": "Reddit",
    "whatsapp": "WhatsApp",
    "sms": "SMS",
    "forum": "Forum",
}
URGENCY = {"emergency": "🔴 Emergency", "urgent": "🟠 Urgent", "normal": "Normal"}
ROUTES = {"auto": "Automatic", "review": "A person decides"}
STATES = {
    "ok": "Answers",
    "unavailable": "Could not be reached",
    "refused": "Refused to answer",
    "unreadable": "Could not be read",
}
NO_AGENCY = "No agency"
NO_CHANNEL = "Confidential"
MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")


def channel(code: object) -> str:
    """Confidential posts are published under no channel."""
    return CHANNELS.get(code, code) if isinstance(code, str) and code != "none" else NO_CHANNEL


def language(code: str) -> str:
    return LANGUAGES.get(code, code)


def agency(code: object) -> str:
    return code if isinstance(code, str) and code != "none" else NO_AGENCY


def count(n: int, thing: str, things: str | None = None) -> str:
    """`1 post`, `1,124 posts`."""
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"


def escaped(text: str) -> str:
    """A few words of a machine's or a deployment's, safe inside a Markdown sentence, on one line.

    What people wrote is shown by `st.text`, which knows no Markdown at all: Streamlit makes links and signs also of
    escaped words.
    """
    return MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def zone(timezone: ZoneInfo) -> str:
    """`Mahe time` for Indian/Mahe."""
    return f"{timezone.key.rsplit('/', 1)[-1].replace('_', ' ')} time"
