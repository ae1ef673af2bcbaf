"""The proof that a submission stands in the signed log, as its holder takes it and as anybody checks it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from toy_log import KEY, NOON, ORIGIN, OTHER_KEY, PUBLIC, append, sign

from portal.audit import verify
from portal.audit.checkpoints import verifier_key
from portal.audit.verify import examine_proof
from portal.citizens import proof_of_receipt
from portal.errors import EventUnsignedError, UnknownReceiptError
from portal.store import Store
from portal.submissions import submit

RAW = "PLANTED-WORDS napa delo"


@pytest.fixture
def proof(store: Store, tmp_path: Path) -> Path:
    """Of the fourth of nine events."""
    append(store, 3)
    receipt = submit(store, text=RAW, received_at=NOON)
    append(store, 5)
    sign(store)
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof_of_receipt(store, receipt)), encoding="utf-8")
    return path


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    given = json.loads(path.read_text(encoding="utf-8"))
    change(given)
    path.write_text(json.dumps(given), encoding="utf-8")
    return path


def test_a_proof_holds_the_receipt_and_no_words_and_is_believed(proof: Path) -> None:
    assert "PLANTED" not in proof.read_text(encoding="utf-8")
    assert json.loads(json.loads(proof.read_text(encoding="utf-8"))["details"]).keys() == {"receipt"}
    report = examine_proof(proof, PUBLIC)
    assert report.findings == []
    assert "event 4 (received" in report.held[0]


def test_a_proof_without_its_details_shows_less_and_holds(proof: Path) -> None:
    assert examine_proof(changed(proof, lambda given: (given.pop("details"), given.pop("salt"))), PUBLIC).findings == []


@pytest.mark.parametrize(
    "change",
    [
        lambda given: given.update(entry=given["entry"].replace("citizen", "nobody!")),
        lambda given: given.update(index=4),
        lambda given: given.update(size=8),
        lambda given: given.update(proof=given["proof"][1:]),
        lambda given: given.update(proof=[given["proof"][0]] * len(given["proof"])),
        lambda given: given.update(checkpoint=given["checkpoint"].replace("\n9\n", "\n8\n")),
        lambda given: given.update(details='{"receipt":"S-2222-2222-2222"}'),
        lambda given: given.update(salt="00" * 32),
        lambda given: given.update(index="3"),
        lambda given: given.pop("proof"),
        lambda given: given.update(proof="no"),
        lambda given: given.update(checkpoint=None),
    ],
)
def test_a_proof_that_was_changed_is_not_believed(proof: Path, change: Callable[[dict[str, Any]], object]) -> None:
    report = examine_proof(changed(proof, change), PUBLIC)
    assert (len(report.findings), report.held) == (1, [])


def test_a_proof_is_believed_under_the_published_key_alone(proof: Path) -> None:
    assert examine_proof(proof, verifier_key(OTHER_KEY, ORIGIN)).findings
    assert examine_proof(proof, "no key").findings
    assert not examine_proof(proof, verifier_key(KEY, ORIGIN)).findings


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"entry": 1}'])
def test_what_is_no_proof_is_said_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "proof.json"
    path.write_bytes(content)
    assert examine_proof(path, PUBLIC).findings == [f"{path} is no proof of an event"]


def test_verify_py_checks_a_proof_by_itself_and_asks_for_the_key(proof: Path, tmp_path: Path) -> None:
    key = tmp_path / "published.key"
    key.write_text(PUBLIC, encoding="utf-8")
    copy = tmp_path / "verify.py"
    copy.write_bytes(Path(verify.__file__).read_bytes())

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", copy, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert run(proof, "--key", key).returncode == 0
    without = run(proof)
    assert (without.returncode, "--key" in without.stderr) == (2, True)
    assert run(changed(proof, lambda given: given.update(index=0)), "--key", key).returncode == 1


def test_there_is_no_proof_before_the_log_is_signed_nor_for_a_wrong_receipt(store: Store) -> None:
    receipt = submit(store, text=RAW, received_at=NOON)
    with pytest.raises(EventUnsignedError):
        proof_of_receipt(store, receipt)
    with pytest.raises(UnknownReceiptError):
        proof_of_receipt(store, "S-2222-2222-2222")
