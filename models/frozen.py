"""The frozen test split: labelled posts whose answers no model of a deployment is taught, so that two models can be
compared on them.

On which side a post lies follows from a hash of what never changes about it: new posts move no old one. Of the
deployment's evidence that is the text. Of decided posts it is the case: an officer decides on a case, so its posts are
one piece of evidence, and a model that learned from one of them would know the others. Records that name no case go by
their `id`.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

ONE_IN = 5

Record = Mapping[str, Any]


def is_frozen(key: str) -> bool:
    """Whether whatever bears this key lies on the frozen side: one in `ONE_IN` does."""
    return _number(key) % ONE_IN == 0


def decided_to_learn(decided: Iterable[Record]) -> list[Record]:
    """The decided posts that models may learn from."""
    return [record for record in decided if not is_frozen(_case(record))]


def decided_to_test(decided: Iterable[Record]) -> list[Record]:
    """The decided posts that models are compared on: one of each case on the frozen side, always the same one."""
    of_case: dict[str, Record] = {}
    for record in decided:
        case = _case(record)
        if is_frozen(case) and (case not in of_case or _rank(record) < _rank(of_case[case])):
            of_case[case] = record
    return list(of_case.values())


def _case(record: Record) -> str:
    return str(record.get("case") or record.get("id") or record["text"])


def _rank(record: Record) -> tuple[int, str]:
    return _number(str(record.get("id"))), str(record["text"])


def _number(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")
