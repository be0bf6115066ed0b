"""Files on their way in and out: downloads, and which place in the pack an uploaded file is for."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse

ZIP = ".zip"
_TYPES = {
    ".dmn": "application/xml",
    ".bpmn": "application/xml",
    ".yaml": "application/yaml",
    ".md": "text/markdown",
    ZIP: "application/zip",
    ".csv": "text/csv",
}
# Where a new file goes that no file of the pack is called like.
_FOLDERS = {".dmn": "decisions", ".bpmn": "processes"}


def download(content: bytes, *, path: str) -> HttpResponse:
    """The file, to be saved under the last part of its path and opened by nothing in the browser."""
    name = PurePosixPath(path).name
    kind = _TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")
    answer = HttpResponse(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def place_of(name: str, known: Iterable[str]) -> str:
    """The path in the pack that a file of this name is for: that of the file called alike, or the folder of its kind.
    known: paths of the pack. A name that fits nothing comes back as it is, and is refused with its reason."""
    last = PurePosixPath(name.replace("\\", "/")).name
    alike = [path for path in known if PurePosixPath(path).name == last]
    if len(alike) == 1:
        return alike[0]
    folder = _FOLDERS.get(PurePosixPath(last).suffix)
    return f"{folder}/{last}" if folder else last


def contents_of(files: Sequence[UploadedFile[Any]]) -> Mapping[str, bytes]:
    """Name to content. Raises ValidationError for a file that was too large to be kept, or two of one name."""
    found: dict[str, bytes] = {}
    for file in files:
        content = file.read()
        if file.size != len(content):
            raise forms.ValidationError(f"The file {file.name} is too large for a file of a pack.")
        if file.name in found:
            raise forms.ValidationError(f"Two of the files are called {file.name}: upload them one after the other.")
        found[file.name or ""] = content
    return found


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given or [None]]
