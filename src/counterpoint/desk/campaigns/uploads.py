"""Snapshots on their way in: kept in memory only, never in clear on disk, up to the largest that may be uploaded."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from counterpoint.base.uploads import MemoryUploads
from counterpoint.campaigns.policies import LARGEST_UPLOAD

_LARGEST_POST = LARGEST_UPLOAD + 1_000_000


class SnapshotUploads(MemoryUploads):
    """A file that is a little too large is told on the page."""

    largest_file, largest_post = LARGEST_UPLOAD, 2 * _LARGEST_POST


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
