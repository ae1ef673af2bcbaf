import base64
import hashlib
import stat
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)  # fmt: skip
from toy_log import KEY, NOON, ORIGIN, OTHER_KEY, PUBLIC, append, naive_root, sign

from portal.audit.checkpoints import sign_checkpoint, signed_note, signing_key, verifier_key
from portal.audit.log import entry_of
from portal.audit.verify import NoteError, TreeHead, open_checkpoint, open_note, read_key
from portal.errors import ForeignKeyError, LogDamagedError, OriginRefusedError, SigningKeyError
from portal.models import Checkpoint, Event, LogHead
from portal.store import Store

# Published examples: the first is that of Go's own note package, the second that of C2SP's signed-note.
EXAMPLES = [
    (
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
    ),
    (
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "This is an example message.\n",
        "— example.com/foo "
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
    ),
]
ROOT = bytes(range(100, 132))


def handmade(text: str, key: Ed25519PrivateKey = KEY, name: str = ORIGIN) -> str:
    """A note as the specification's prose has it, made without the code under test."""
    public = key.public_key().public_bytes_raw()
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    return f"{text}\n— {name} {base64.b64encode(key_id + key.sign(text.encode())).decode()}\n"


def body(size: int | str = 7, root: bytes = ROOT, origin: str = ORIGIN) -> str:
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


@pytest.mark.parametrize(("key", "text", "signature"), EXAMPLES)
def test_published_notes_are_read_and_a_changed_one_is_not(key: str, text: str, signature: str) -> None:
    assert open_note(f"{text}\n{signature}", read_key(key)) == text
    with pytest.raises(NoteError, match="signature does not fit"):
        open_note(f"{text.replace('is', 'was', 1)}\n{signature}", read_key(key))


def test_a_checkpoint_is_the_note_that_the_specification_describes() -> None:
    note = signed_note(TreeHead(ORIGIN, 7, ROOT), KEY)
    assert note == handmade(body())
    assert open_checkpoint(note, read_key(PUBLIC)) == TreeHead(ORIGIN, 7, ROOT)


def test_the_public_key_has_the_form_that_the_specification_describes() -> None:
    public = KEY.public_key().public_bytes_raw()
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).hexdigest()[:8]
    material = base64.b64encode(b"\x01" + public).decode()
    assert f"{ORIGIN}+{key_id}+{material}" == PUBLIC
    assert read_key(PUBLIC + "\n").public == public


@pytest.mark.parametrize(
    "text",
    [
        "",
        ORIGIN,
        PUBLIC[:-1],
        PUBLIC[1:],
        PUBLIC.replace(ORIGIN, "other.example/log"),
        PUBLIC.replace(ORIGIN, ""),
        PUBLIC.replace(ORIGIN, "a b"),
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        read_key(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2028b", "a\x00b"])
def test_what_cannot_name_a_log_is_refused_as_an_origin(name: str) -> None:
    with pytest.raises(OriginRefusedError, match="cannot name the audit log"):
        verifier_key(KEY, name)


@pytest.mark.parametrize(
    ("note", "why"),
    [
        ("", "no signed note"),
        (body(), "no signed note"),
        (body() + "\n", "no signed note"),
        (handmade(body())[:-1], "no signed note"),
        (handmade(body()).replace("\n", "\r\n"), "no signed note"),
        (handmade(body() + "a\tb\n"), "no signed note"),
        (handmade(body()).replace("—", "-"), "no signature"),
        (handmade(body()) + "— x\n", "no signature"),
        (handmade(body()).replace("— ", "—  "), "no signature"),
        (handmade(body()).replace("=\n", "\n"), "no signature"),
        (handmade(body(), OTHER_KEY), "not signed by this key"),
        (handmade(body(), name="other.example/log"), "not signed by this key"),
        (handmade(body()).replace("\n7\n", "\n8\n"), "signature does not fit"),
        (handmade(body(origin="other.example/log")), "of another log"),
        (handmade(body("07")), "origin, a size and a root"),
        (handmade(body("-7")), "origin, a size and a root"),
        (handmade(body("٧")), "origin, a size and a root"),
        (handmade(body("7" * 5000)), "origin, a size and a root"),
        (handmade(body(root=ROOT[:-1])), "origin, a size and a root"),
        (handmade(body(origin="")), "origin, a size and a root"),
        (handmade("\n"), "origin, a size and a root"),
    ],
)
def test_what_is_no_checkpoint_by_the_key_is_refused(note: str, why: str) -> None:
    with pytest.raises(NoteError, match=why):
        open_checkpoint(note, read_key(PUBLIC))


def test_a_signature_has_one_way_to_be_written() -> None:
    note = handmade(body())
    last = note[-3]
    assert note.endswith(f"{last}=\n")
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    same_bytes = digits[digits.index(last) + 1]
    other = f"{note[:-3]}{same_bytes}=\n"
    signatures = [base64.b64decode(one.rsplit(" ", 1)[1]) for one in (note, other)]
    assert signatures[0] == signatures[1]
    with pytest.raises(NoteError, match="no signature"):
        open_checkpoint(other, read_key(PUBLIC))


def test_signatures_of_witnesses_and_further_lines_are_left_alone() -> None:
    text = body() + "an extension\n"
    signatures = handmade(text, OTHER_KEY, "witness.example").split("\n\n")[1] + handmade(text).split("\n\n")[1]
    assert open_checkpoint(f"{text}\n{signatures}", read_key(PUBLIC)) == TreeHead(ORIGIN, 7, ROOT)


def test_a_wrong_signature_by_the_key_is_not_mended_by_a_right_one_after_it() -> None:
    wrong, right = (handmade(text).split("\n\n")[1] for text in (body(8), body(7)))
    with pytest.raises(NoteError, match="signature does not fit"):
        open_checkpoint(f"{body(7)}\n{wrong}{right}", read_key(PUBLIC))


def test_a_checkpoint_states_the_log_as_it_stands(store: Store) -> None:
    append(store, 6)
    signed = sign_checkpoint(store, KEY, ORIGIN, NOON)
    with store.session() as session:
        entries = [entry_of(event) for event in session.scalars(sa.select(Event).order_by(Event.seq))]
        stored = session.scalars(sa.select(Checkpoint)).one()
    assert signed is not None
    assert open_checkpoint(signed.note, read_key(PUBLIC)) == TreeHead(ORIGIN, 6, naive_root(entries))
    assert (stored.size, stored.note, stored.signed_at) == (6, signed.note, NOON)


def test_a_log_that_has_not_grown_is_not_signed_again(store: Store) -> None:
    assert sign_checkpoint(store, KEY, ORIGIN, NOON) is None
    append(store, 2)
    sign(store)
    assert sign_checkpoint(store, KEY, ORIGIN, NOON) is None
    append(store, 1)
    sign(store)
    with store.session() as session:
        assert session.scalars(sa.select(Checkpoint.size).order_by(Checkpoint.size)).all() == [2, 3]


def test_another_key_or_origin_does_not_sign_a_log_that_was_signed(store: Store) -> None:
    append(store, 2)
    sign(store)
    append(store, 1)
    for key, origin in ((OTHER_KEY, ORIGIN), (KEY, "other.example/log")):
        with pytest.raises(ForeignKeyError, match="last checkpoint is not by the key"):
            sign_checkpoint(store, key, origin, NOON)


def test_a_log_with_fewer_events_than_were_signed_is_not_signed(store: Store) -> None:
    append(store, 2)
    with store.session() as session:
        head = session.scalars(sa.select(LogHead)).one()
        before = (head.size, head.edge)
    append(store, 1)
    sign(store)
    with store.session() as session:
        session.execute(sa.update(LogHead).values(size=before[0], edge=before[1]))
    with pytest.raises(LogDamagedError, match="holds 2 events, fewer than the 3"):
        sign_checkpoint(store, KEY, ORIGIN, NOON)


def test_the_signing_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "log.key"
    key = signing_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing_key(path).private_bytes_raw() == key.private_bytes_raw()
    assert signing_key(tmp_path / "other.key").private_bytes_raw() != key.private_bytes_raw()
    assert [file.name for file in path.parent.iterdir()] == ["log.key"]


def test_threads_that_make_the_signing_key_at_once_get_the_same(tmp_path: Path) -> None:
    start, keys = threading.Barrier(8), set()

    def work() -> None:
        start.wait()
        keys.add(signing_key(tmp_path / "log.key").private_bytes_raw())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["log.key"]


def test_a_signing_key_that_another_process_made_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = signing_key(tmp_path / "log.key")
    monkeypatch.setattr(Path, "exists", lambda self: False)  # as it was when this process looked
    assert signing_key(tmp_path / "log.key").private_bytes_raw() == key.private_bytes_raw()
    assert [file.name for file in tmp_path.iterdir()] == ["log.key"]


def pem(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, password: bytes | None = None) -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no whole key"),
        (pem(KEY)[:60], "no whole key"),
        (pem(KEY, b"invented"), "no whole key"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "another kind"),
    ],
)
def test_a_file_that_is_no_signing_key_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "log.key"
    path.write_bytes(content)
    with pytest.raises(SigningKeyError, match=why) as caught:
        signing_key(path)
    assert path.read_bytes() == content
    assert "BEGIN" not in str(caught.value)


def test_a_signing_key_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SigningKeyError, match="cannot be read or made"):
        signing_key(tmp_path / "file" / "log.key")
