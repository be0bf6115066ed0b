"""What a journey looks at on a page: accessibility, and a picture for people."""

import os
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page

_AXE = Path(settings.ROOT) / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What passes is not listed, and styles are not fetched again (no rule of these asks for it): a third of the time.
_OPTIONS = {"runOnly": {"type": "tag", "values": _RULES}, "resultTypes": ["violations"], "preload": False}


def assert_accessible(page: Page) -> None:
    """axe-core finds nothing on this page, at WCAG 2.2 AA and by its best practices."""
    page.wait_for_load_state("load")  # a press returns before the new page's styles are there
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text())
    found = page.evaluate("options => axe.run(document, options)", _OPTIONS)["violations"]
    told = [
        f"{violation['id']}: {violation['help']}\n    "
        + "\n    ".join(node["html"][:200] for node in violation["nodes"])
        for violation in found
    ]
    assert not told, f"axe finds on {page.url}:\n" + "\n".join(told)


def keep_picture(page: Page, name: str) -> None:
    """Keep a full-page screenshot when COUNTERPOINT_SHOTS names a folder."""
    folder = os.environ.get("COUNTERPOINT_SHOTS", "")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
