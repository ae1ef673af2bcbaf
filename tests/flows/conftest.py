"""Lets the tests of this folder use the toy encoder and the toy posts of tests/nlp."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "nlp"))
