"""Stripping in a process of its own, which may use so much memory and time and no network, and is thrown away after.

`python -m counterpoint.intake.stripping.apart TYPE` reads a file from standard input and writes one line of JSON, then
the copy. Nothing is ever written to disk in clear.
"""

import json
import resource
import subprocess
import sys

from counterpoint.intake.stripping.types import CannotStrip, Stripped

_MOST_MEMORY = 1_500_000_000
_MOST_CPU_SECONDS = 60
_MOST_SECONDS = 120
_IMAGES = frozenset({"jpeg", "png", "webp", "gif"})
_OFFICE = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp"})
FILE_TYPES = _IMAGES | _OFFICE | {"pdf", "txt"}


def strip_apart(content: bytes, *, file_type: str) -> Stripped:
    """The copy without metadata, made in a process of its own. Raises CannotStrip, also when the limits end it."""
    command = [sys.executable, "-I", "-m", "counterpoint.intake.stripping.apart", file_type]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, with a type out of a fixed set
            command, input=content, capture_output=True, timeout=_MOST_SECONDS, check=False, env={}
        )
    except subprocess.TimeoutExpired:
        raise CannotStrip("too_large") from None
    header, separator, copy = done.stdout.partition(b"\n")
    if done.returncode != 0 or not separator:
        raise CannotStrip("too_large")  # ended by its limits, or fell over the file
    answer = json.loads(header)
    if answer["why"]:
        raise CannotStrip(answer["why"])
    return Stripped(copy, tuple(answer["removed"]))


def strip(content: bytes, *, file_type: str) -> Stripped:
    """As `strip_apart`, in this process. Imports only what this type needs."""
    if file_type in _IMAGES:
        from counterpoint.intake.stripping.images import strip_image

        return strip_image(content, file_type=file_type)
    if file_type in _OFFICE:
        from counterpoint.intake.stripping.office import strip_office

        return strip_office(content)
    if file_type == "pdf":
        from counterpoint.intake.stripping.pdfs import strip_pdf

        return strip_pdf(content)
    if file_type == "txt":
        return Stripped(content, ())
    raise CannotStrip("unknown_type")


def main() -> None:
    """Standard input to standard output, within the limits."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_SECONDS, _MOST_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        stripped = strip(sys.stdin.buffer.read(), file_type=sys.argv[1])
        header: dict[str, object] = {"why": "", "removed": stripped.removed}
        copy = stripped.content
    except CannotStrip as error:
        header, copy = {"why": error.why, "removed": []}, b""
    except MemoryError:
        header, copy = {"why": "too_large", "removed": []}, b""
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + copy)


if __name__ == "__main__":
    main()
