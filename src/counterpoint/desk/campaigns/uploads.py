"""Snapshots on their way in: kept in memory only, never in clear on disk, up to the largest that may be uploaded."""

import io
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from counterpoint.campaigns.policies import LARGEST_UPLOAD

_LARGEST_POST = LARGEST_UPLOAD + 1_000_000


class SnapshotUploads(FileUploadHandler):
    """Keeps the file in memory; of a larger one only the size, so that the page can say so."""

    def handle_raw_input(self, *given: Any, **_more: Any) -> None:
        content_length = given[2]
        if content_length > 2 * _LARGEST_POST:  # a little too large is told on the page
            raise RequestDataTooBig("the post is larger than any snapshot that may be uploaded")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._kept = io.BytesIO()
        self._is_too_big = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) > LARGEST_UPLOAD:
            self._is_too_big = True
            self._kept = io.BytesIO()
        if not self._is_too_big:
            self._kept.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._kept.seek(0)
        return InMemoryUploadedFile(
            file=self._kept,
            field_name=self.field_name,
            name=self.file_name or "",
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )


def takes_snapshots(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the page take larger files than others. Which handler reads a post must be said before anything reads it;
    the check of its token does, so that check is made here, after it is said."""
    checked = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def page(request: HttpRequest, **parts: Any) -> HttpResponse:
        request.upload_handlers = [SnapshotUploads(request)]
        return checked(request, **parts)

    return page
