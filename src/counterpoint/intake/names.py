"""Names, numbers and addresses of people, written alike whoever typed them. Pure; keeps nothing.

How names are folded, on purpose kept simple:
1. Unicode: compatibility forms apart, accents and marks off, case folded; a few letters that do not come apart
   (ß æ ø đ ł þ) are written out.
2. Arabic script: each consonant as one Latin letter or two, long vowels as a, w, y, short vowels and shadda off.
   Persian and Urdu letters too. Vowels that Arabic does not write are lost: such names meet Latin ones by sound.
3. Anything else that is no letter becomes a space; nothing is translated, and no list of nicknames is kept.

The sound of a name is its consonants, written alike where English, Welsh and romanised Arabic spell one sound in
several ways (Dafydd and David, Mohammed and محمد). It is meant to bring together too much rather than too little: what
it brings together is compared letter by letter before anybody is told.
"""

import re
import unicodedata

_WRITTEN_OUT = str.maketrans(
    {"ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "þ": "th", "ð": "d", "œ": "oe", "ı": "i"}
)
_ARABIC = str.maketrans(
    {
        "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ى": "a", "ء": "", "ؤ": "w", "ئ": "y", "ٱ": "a",
        "ب": "b", "پ": "p", "ت": "t", "ٹ": "t", "ث": "th", "ج": "j", "چ": "ch", "ح": "h", "خ": "kh",
        "د": "d", "ڈ": "d", "ذ": "dh", "ر": "r", "ڑ": "r", "ز": "z", "ژ": "zh", "س": "s", "ش": "sh",
        "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "", "غ": "gh", "ف": "f", "ق": "q", "ك": "k",
        "ک": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n", "ں": "n", "ه": "h", "ھ": "h", "ہ": "h",
        "ة": "a", "و": "w", "ي": "y", "ی": "y", "ے": "y", "ـ": "",
    }
)  # fmt: skip
_SOUNDS = (
    (r"sch|sh|zh", "s"),
    (r"ph|v", "f"),
    (r"kh|gh|ch", "k"),
    (r"th|dh", "t"),
    (r"c(?=[eiy])", "s"),
    (r"ck|c|q", "k"),
    (r"x", "ks"),
    (r"z", "s"),
    (r"d", "t"),  # Welsh dd, Arabic ض and careless typing all blur d and t
    (r"b", "p"),
    (r"g|j", "k"),
)
_SOUND_PATTERNS = tuple((re.compile(pattern), sound) for pattern, sound in _SOUNDS)
_SILENT = re.compile(r"[aeiouwyh]")
_DOUBLED = re.compile(r"(.)\1+")
_ARABIC_ARTICLE = re.compile(r"\bال(?=\w{2})")
_ARTICLE = re.compile(r"^(?:al|el|ul|as|ash|ar|an|at|az|ad) (?=.)")
_LOCAL_DIGITS = 9  # of a phone number: what is the same with and without country code
_UK_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")
_UK_DISTRICT = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?")


def folded(text: str) -> str:
    """Letters a to z, digits and single spaces; scripts other than Latin and Arabic keep their own letters."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()).translate(_WRITTEN_OUT)
    plain = "".join(character for character in apart if not unicodedata.combining(character)).translate(_ARABIC)
    plain = plain.replace("'", "").replace("’", "").replace("‘", "").replace("`", "")
    return " ".join("".join(character if character.isalnum() else " " for character in plain).split())


def name_parts(text: str) -> tuple[str, ...]:
    """The words of a name, folded, without an Arabic article."""
    return tuple(_ARTICLE.sub("", folded(_ARABIC_ARTICLE.sub("", text))).split())


def sound(word: str) -> str:
    """The consonants of a folded word, spelt alike, after an `a` where it begins with a vowel or half a one."""
    spelt = _DOUBLED.sub(r"\1", word)
    for pattern, written in _SOUND_PATTERNS:
        spelt = pattern.sub(written, spelt)
    opening = "a" if _SILENT.match(spelt) else ""  # Ahmed is not Mohammed
    return opening + _DOUBLED.sub(r"\1", _SILENT.sub("", spelt))


def email_address(text: str) -> str:
    """The address without case and without a +tag."""
    local, _, domain = unicodedata.normalize("NFKC", text).strip().casefold().partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def phone_number(text: str) -> str:
    """The last nine digits, so that +44 and 0 before the number make no difference; shorter numbers whole."""
    digits = "".join(str(unicodedata.digit(character)) for character in text if character.isdigit())
    return digits[-_LOCAL_DIGITS:]


def online_name(text: str) -> str:
    """The name without @, case, spaces and punctuation."""
    return folded(text).replace(" ", "")


def postcode(text: str) -> tuple[str, str]:
    """The whole postcode and its district, each "" when it cannot be told. A code of another country is both."""
    compact = "".join(unicodedata.normalize("NFKC", text).upper().split()).replace("-", "")
    whole = _UK_POSTCODE.fullmatch(compact)
    if whole:
        return compact, whole.group(1)
    return ("", compact) if _UK_DISTRICT.fullmatch(compact) else (compact, compact)
