"""What a journey looks at on a page: accessibility, and a picture for people."""

import os
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page

_AXE = Path(settings.ROOT) / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def assert_accessible(page: Page) -> None:
    """axe-core finds nothing on this page, at WCAG 2.2 AA and by its best practices."""
    page.evaluate(_AXE.read_text())
    found = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", _RULES)["violations"]
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
