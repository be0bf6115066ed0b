"""Files that come with a post are kept in memory only, never in clear on disk."""

import io
from typing import Any, ClassVar

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class MemoryUploads(FileUploadHandler):
    """Keeps each file up to `largest_file` bytes; of a larger one only the size, so that the page can say so.
    A post above `largest_post` bytes is refused before it is read."""

    largest_file: ClassVar[int]
    largest_post: ClassVar[int]

    def handle_raw_input(self, *given: Any, **_more: Any) -> None:
        content_length = given[2]
        if content_length > self.largest_post:
            raise RequestDataTooBig("the post is larger than any form of ours")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._kept = io.BytesIO()
        self._is_too_big = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) > self.largest_file:
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
