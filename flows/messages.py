"""The catalogues of French and Creole kept up to date with the code: `python -m flows.messages` (`make messages`).

New messages come in empty, for a person to translate; what the code says no more goes.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from flows.language import CATALOGUES, LANGUAGES, SOURCE

ROOT = Path(__file__).parent.parent
ROOMS = ("dashboards", "flows")
SPOKEN_BY: Mapping[str, tuple[int, ...] | None] = {"t": None, "n": (1, 2), "mark": None}
REFUSED_BY = {"Words", "DecisionRefusedError", "SubmissionRefusedError", "__init__"}  # take a message of the portal's
HEADER = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"
"""  # both languages say "0 things" as they say "1 thing"


def messages() -> Iterator[str | tuple[str, str]]:
    """Every message in the code, a pair where it has a plural; as often as it stands there."""
    for room in ROOMS:
        for _, _, message, _, _ in extract_from_dir(
            ROOT / room, [("**.py", "python")], keywords=SPOKEN_BY, comment_tags=()
        ):
            yield (message[0], message[1]) if isinstance(message, (list, tuple)) else message
    for module in sorted((ROOT / "portal").glob("*.py")):
        yield from _refusals(ast.parse(module.read_text(encoding="utf-8")))


def _refusals(module: ast.AST) -> Iterator[str]:
    """What the portal tells people: literals. What is put together in place is its operator's, in English."""
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and call.args and isinstance(message := call.args[0], ast.Constant):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name in REFUSED_BY and isinstance(message.value, str):
                yield message.value


def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it is kept."""
    with (CATALOGUES / f"{language}.po").open("rb") as stream:
        return read_po(stream, locale=None)


def brought_up_to_date(kept: Catalog) -> Catalog:
    """The messages of the code in order, each with the translation that is kept, if any."""
    new = Catalog(locale=None, fuzzy=False)
    for message in sorted(set(messages()), key=lambda message: message if isinstance(message, str) else message[0]):
        known = kept.get(message if isinstance(message, str) else message[0])
        new.add(message, known.string if known and known.id == message else "")
    return new


def main() -> None:
    for language in LANGUAGES:
        if language != SOURCE:
            kept = catalogue(language)
            with (CATALOGUES / f"{language}.po").open("wb") as stream:
                stream.write(f"{kept.header_comment}\n{HEADER}\n".encode())
                write_po(stream, brought_up_to_date(kept), width=0, omit_header=True)


if __name__ == "__main__":
    main()
