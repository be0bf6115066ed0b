"""The receipt: the only key to a reporter's mailbox. We keep a slow hash of it and nothing from which it could be told.

A receipt is one number of at least 80 bits, written in two ways that open the same mailbox: as eight words, or, for
those who do not read Latin script, as eight groups of four digits. In the portal it is derived from the secret that the
person's browser holds, so that the same form sent again after a broken connection shows the same receipt.
"""

import fcntl
import hashlib
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from counterpoint.base.errors import NotPossible
from counterpoint.intake.receipt_words import places, words

WORDS = 8
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in URL-safe base64
_FIRST_CODE, _CODE_STEP = 1000, 7  # a single mistyped digit gives another code only when it is off by exactly 7
_HASHES_AT_ONCE = 3  # on one machine, whatever the number of workers
_TRIES, _PAUSE_SECONDS = 3, 0.02
_LONGEST_TEXT = 400
_SCRYPT_BLOCK = 8


class Busy(NotPossible):
    """Too much of a costly thing at once. The same request may work in a moment."""

    retry_helps = True


def new_browser_secret() -> str:
    """32 random bytes as text. Only the person's browser keeps it; draft, receipt and submission key derive from it."""
    return secrets.token_urlsafe(32)


def is_browser_secret(text: str) -> bool:
    """Could this be one that we made? What a cookie holds may be anything."""
    return _SECRET.fullmatch(text) is not None


def derived(browser_secret: str, purpose: str) -> bytes:
    """A 32-byte key for one purpose. The deployment's key takes part, so that a stolen cookie alone opens nothing."""
    salt = settings.DEPLOYMENT_KEYS.derive("browser secret")
    return HKDF(SHA256(), length=32, salt=salt, info=purpose.encode()).derive(browser_secret.encode())


def receipt_of(browser_secret: str) -> str:
    """The receipt of the form that this browser fills in, in its canonical form: words with single spaces."""
    return _receipt_from(int.from_bytes(derived(browser_secret, "receipt"), "big"))


def new_receipt() -> str:
    """A fresh receipt, for doors without a browser of the reporter's own (phone, paper)."""
    return _receipt_from(secrets.randbits(256))


def receipt_words(receipt: str) -> tuple[str, ...]:
    """The words of a canonical receipt, the same in every language."""
    return tuple(receipt.split(" "))


def receipt_digits(receipt: str) -> tuple[str, ...]:
    """The same receipt as groups of four digits."""
    return tuple(str(_FIRST_CODE + _CODE_STEP * places()[word]) for word in receipt_words(receipt))


def read_receipt(text: str) -> str | None:
    """The canonical receipt from the way people type it: words in any case and spacing, with or without punctuation, or
    the digit groups in the digits of any script. None when it cannot be a receipt."""
    return _canonical(_parts(text))


def parts_not_understood(text: str) -> tuple[int, ...]:
    """Which parts, counted from 1, cannot belong to any receipt. Tells nothing secret: the word list is public."""
    return tuple(number for number, part in enumerate(_parts(text), start=1) if _place(part) is None)


def receipt_hash(receipt: str) -> bytes:
    """32 bytes from which the receipt cannot be told. The same receipt gives the same hash, so that one hash finds the
    mailbox; its salt derives from the deployment's key."""
    return hashlib.scrypt(
        receipt.encode(),
        salt=settings.DEPLOYMENT_KEYS.derive("receipt"),
        n=settings.RECEIPT_HASH_COST,
        r=_SCRYPT_BLOCK,
        p=1,
        maxmem=256 * _SCRYPT_BLOCK * settings.RECEIPT_HASH_COST,
        dklen=32,
    )


@contextmanager
def hashing_slot() -> Iterator[None]:
    """Room for one slow hash that a stranger asked for. Raises Busy when a few run already: thousands of tries then
    cost us little. No address is needed for that, and none is kept."""
    for attempt in range(_TRIES):
        for slot in range(_HASHES_AT_ONCE):
            held = _take(slot)
            if held is not None:
                try:
                    yield
                finally:
                    os.close(held)
                return
        if attempt < _TRIES - 1:
            time.sleep(_PAUSE_SECONDS)
    raise Busy("Many people are opening mailboxes at this moment. Wait a minute, then try again.")


def _take(slot: int) -> int | None:
    """An open file whose lock is ours until it is closed, also across processes; None when another holds it."""
    folder = settings.FILES_FOLDER / "locks"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(folder / f"receipt-{slot}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _receipt_from(number: int) -> str:
    listed = words()
    chosen = []
    for _ in range(WORDS):
        number, place = divmod(number, len(listed))
        chosen.append(listed[place])
    return " ".join(chosen)


def _parts(text: str) -> Sequence[str]:
    """Words, or groups of four digits however they were spaced."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST_TEXT]).casefold()
    plain = "".join(_plain(character) for character in folded).split()
    if plain and all(part.isdigit() for part in plain):
        run = "".join(plain)
        return [run[start : start + 4] for start in range(0, len(run), 4)]
    return plain


def _plain(character: str) -> str:
    """A letter, a digit as 0 to 9, or a space; marks that writing direction leaves behind are nothing at all."""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) == "Cf":
        return ""
    return character if character.isalpha() else " "


def _canonical(parts: Sequence[str]) -> str | None:
    found = [_place(part) for part in parts]
    if len(found) != WORDS or any(place is None for place in found):
        return None
    return " ".join(words()[place] for place in found if place is not None)


def _place(part: str) -> int | None:
    if not (part.isascii() and part.isdigit()):
        return places().get(part)
    place, rest = divmod(int(part) - _FIRST_CODE, _CODE_STEP)
    return place if rest == 0 and 0 <= place < len(words()) and len(part) == 4 else None  # noqa: PLR2004 - four digits
