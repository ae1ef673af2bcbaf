"""How codes are said to people."""

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
NO_AGENCY = "No agency"


def channel(code: str) -> str:
    return CHANNELS.get(code, code)


def language(code: str) -> str:
    return LANGUAGES.get(code, code)


def agency(code: object) -> str:
    return code if isinstance(code, str) and code != "none" else NO_AGENCY


def count(n: int, thing: str, things: str | None = None) -> str:
    """`1 post`, `1,124 posts`."""
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"
