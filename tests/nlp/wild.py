"""What people, keyboards and programs can put into a text, for laws that must hold whatever comes."""

import numpy as np
from hypothesis import strategies as st

from nlp.space import Vectors, unit_rows

ODD_TEXTS = (
    "",
    " \t\n\r\x0b\x0c\u2028",
    "\x00\x01\x1f\x7f\u200b\ufeff\u202e",
    "😡😡😡",
    "👩‍👩‍👧‍👦 🇸🇨 no water",
    "z̸̢̛̤̖a̷̧̺͚l̶̡̛̠g̷̢̞͙o̵̡ ẅ̶̢́ȁ̵͍t̶̻̀ê̷̫r̴̺̃",
    "Здравствуйте, нет воды",
    "没有水 no water لا ماء मेरा",
    "ﬁ ＦＵＬＬ ⅷ ㎞ ß ĳ",
    "?" * 50,
    "???? ?",
    "a" * 3000,
    "no " * 500,
    "no water in our house since Monday morning and nobody answers the phone",
    "Where is it ?\n\nWhen? … why",
)
any_text = st.sampled_from(ODD_TEXTS) | st.text(max_size=40)


def any_rows(n: int, seed: int, n_directions: int | None = None) -> Vectors:
    """Rows of length 1, shape (n, 8); with `n_directions` many are the same."""
    rng = np.random.default_rng(seed)
    rows = unit_rows(rng.normal(size=(n_directions or max(n, 1), 8)).astype(np.float32))
    return rows[rng.integers(0, len(rows), n)] if n_directions else rows[:n]
