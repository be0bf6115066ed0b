"""From page to page."""

from playwright.sync_api import Locator


def go_by(way: Locator) -> None:
    """Click a link or a button that leads to a page, and wait until that page is there whole.

    A click alone comes back before the next page has been read: what is counted or read then is the page before, or
    half of the next one.
    """
    with way.page.expect_navigation(wait_until="load"):
        way.click()
