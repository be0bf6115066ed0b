"""Row ids that sort by time, and references that people read aloud."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random
from uuid import UUID

from counterpoint.base import clock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", " ": "", "-": ""})
_REFERENCE_DIGITS = 8
_PREFIX = "CP"

_bits: ContextVar[Callable[[int], int]] = ContextVar("bits", default=secrets.randbits)


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): sorts by the moment it was made."""
    milliseconds = int(clock.now().timestamp() * 1000)
    draw = _bits.get()
    return UUID(int=milliseconds << 80 | 0x7 << 76 | draw(12) << 64 | 0b10 << 62 | draw(62))


def new_reference() -> str:
    """A public reference such as `CP-7K3M-9Q2D-4`: 40 random bits, so that it cannot be counted or guessed along,
    and a check character (remainder by 31) that catches a misheard one."""
    number = _bits.get()(5 * _REFERENCE_DIGITS)
    digits = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_REFERENCE_DIGITS)))
    return f"{_PREFIX}-{digits[:4]}-{digits[4:]}-{_check_character(digits)}"


def read_reference(text: str) -> str | None:
    """The reference as we write it, from the way people type it; None when it cannot be one."""
    plain = text.strip().upper().translate(_MISREAD)
    if len(plain) > _REFERENCE_DIGITS + 1:  # the digits themselves may begin with CP
        plain = plain.removeprefix(_PREFIX)
    if len(plain) != _REFERENCE_DIGITS + 1 or any(character not in _ALPHABET for character in plain):
        return None
    digits, check = plain[:_REFERENCE_DIGITS], plain[_REFERENCE_DIGITS]
    if check != _check_character(digits):
        return None
    return f"{_PREFIX}-{digits[:4]}-{digits[4:]}-{check}"


def _check_character(digits: str) -> str:
    number = 0
    for digit in digits:
        number = number << 5 | _ALPHABET.index(digit)
    return _ALPHABET[number % 31]


@contextmanager
def drawn_from(random: Random) -> Iterator[None]:
    """Within this block ids and references come from `random`: for the demo town, which is the same each time."""
    token = _bits.set(random.getrandbits)
    try:
        yield
    finally:
        _bits.reset(token)
