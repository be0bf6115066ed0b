"""A reporter with a browser: keeps cookies, sends the token of the page, follows redirects, reads what it says."""

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

from django.test import Client


class _Reader(HTMLParser):
    """The ids, fields and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.fields: dict[str, list[str]] = {}
        self.links: list[str] = []
        self.external: list[str] = []

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        if "id" in held:
            self.ids.append(held["id"])
        if tag == "a":
            self.links.append(held.get("href", ""))
        if tag in {"input", "textarea", "button"} and held.get("name"):
            self.fields.setdefault(held["name"], []).append(held.get("value", ""))
        for attribute in ("src", "srcset", "action", "data"):
            if held.get(attribute):
                self.external.append(held[attribute])
        if tag == "link":
            self.external.append(held.get("href", ""))


@dataclass
class Reporter:
    client: Client
    language: str = "en"
    at: str = "/"
    status: int = 0
    html: str = ""
    token: str = ""
    trail: list[str] = field(default_factory=list)

    def open(self, address: str) -> "Reporter":
        return self._took(self.client.get(address, follow=True), address)

    def post(self, **fields) -> "Reporter":
        """Send the page's form with these fields, as its token and address say."""
        return self.post_to(self.at, **fields)

    def post_to(self, address: str, **fields) -> "Reporter":
        self.token = self.page.fields.get("csrfmiddlewaretoken", [self.token])[0]
        return self._took(
            self.client.post(address, {"csrfmiddlewaretoken": self.token, **fields}, follow=True), address
        )

    def begin(self, set_id: str = "concern_public") -> "Reporter":
        return self.open(f"/{self.language}/report/{set_id}/")

    def page_of(self, set_id: str, page: str) -> "Reporter":
        return self.open(f"/{self.language}/report/{set_id}/{page}")

    def skip_to(self, end: str) -> "Reporter":
        """Press Continue without answering until the address ends like this."""
        for _ in range(60):
            if self.path.endswith(end):
                return self
            self.post()
        raise AssertionError(f"never came to {end}: {self.trail[-5:]}")

    @property
    def page(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.html)
        return reader

    @property
    def path(self) -> str:
        return self.at.partition("?")[0]

    @property
    def text(self) -> str:
        """What a person reads, with single spaces."""
        body = re.sub(r"<(script|style|title)\b.*?</\1>", " ", self.html, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

    def _took(self, response, address: str) -> "Reporter":
        chain = getattr(response, "redirect_chain", [])
        self.at = chain[-1][0] if chain else address
        self.status, self.html = response.status_code, response.content.decode()
        self.trail.append(self.at)
        return self
