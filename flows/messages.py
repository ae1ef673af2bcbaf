"""The catalogues of French and Creole kept up to date with the code: `python -m flows.messages` (`make messages`).

New messages come in empty, for a person to translate; what the code says no more goes.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from flows.language import CATALOGUES
from flows.spoken import LANGUAGES, SOURCE

ROOT = Path(__file__).parent.parent
SPOKEN_BY = {"t": 1, "mark": 1, "n": 2}  # by how many of their first arguments
REFUSED_BY = dict.fromkeys(("Words", "DecisionRefusedError", "SubmissionRefusedError", "__init__"), 1)
ROOMS = {"dashboards": SPOKEN_BY, "flows": SPOKEN_BY, "portal": REFUSED_BY}
HEADER = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"
"""  # both languages say "0 things" as they say "1 thing"


def messages() -> Iterator[str | tuple[str, str]]:
    """Every message in the code, a pair where it has a plural; as often as it stands there.

    Literals only: what the portal puts together in place is for its operator, in English.
    """
    for room, speakers in ROOMS.items():
        for path in sorted((ROOT / room).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(call, ast.Call) and (n_forms := speakers.get(_name(call.func))):
                    forms = [str(form.value) for form in call.args[:n_forms] if isinstance(form, ast.Constant)]
                    if len(forms) == n_forms:
                        yield forms[0] if n_forms == 1 else (forms[0], forms[1])


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


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
