"""A visitor over real HTTP: a cookie jar, the token of the page, redirects, as a browser without scripts has them.

For tests inside the process there is `tests.channels.portal.reporter`.
"""

import http.client
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_REFERENCE = re.compile(r'class="cp-reference"[^>]*>([^<]+)<')
_WORDS = re.compile(r'data-receipt="words">(.*?)</ol>', re.DOTALL)
_FOLLOWED_AT_MOST = 8


class Broken(Exception):
    """The connection broke, or the server could not answer now: the same again may work."""


@dataclass(frozen=True)
class Answer:
    status: int
    path: str
    html: str
    headers: Mapping[str, str]

    @property
    def token(self) -> str:
        found = _TOKEN.search(self.html)
        return found.group(1) if found else ""

    @property
    def reference(self) -> str | None:
        """The reference that the receipt page shows."""
        found = _REFERENCE.search(self.html)
        return found.group(1).strip() if found else None

    @property
    def receipt(self) -> str | None:
        """The words of the receipt that the page shows."""
        found = _WORDS.search(self.html)
        return " ".join(re.findall(r"<li>([^<]+)</li>", found.group(1))) if found else None

    @property
    def text(self) -> str:
        body = re.sub(r"<(script|style|title)\b.*?</\1>", " ", self.html, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@dataclass
class Visitor:
    port: int
    language: str = "en"
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    timeout_seconds: float = 30

    def get(self, path: str) -> Answer:
        return self._follow("GET", path)

    def post(self, path: str, fields: Mapping[str, str] | None = None) -> Answer:
        body = urlencode({"csrfmiddlewaretoken": self.token, **(fields or {})}).encode()
        return self._follow("POST", path, body, "application/x-www-form-urlencoded")

    def upload(self, path: str, files: Sequence[tuple[str, str, bytes]], fields: Mapping[str, str]) -> Answer:
        """files: field, name and content of each."""
        body, kind = multipart(files, {"csrfmiddlewaretoken": self.token, **fields})
        return self._follow("POST", path, body, kind)

    def form(self, page: str, set_id: str = "concern_public") -> str:
        return f"/{self.language}/report/{set_id}/{page}"

    def raw(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request as it stands, cookies kept, no redirect followed. Raises Broken."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_seconds)
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        try:
            connection.request(method, path, body, {**sent, **(headers or {})})
            response = connection.getresponse()
            html = response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise Broken(type(error).__name__) from None
        finally:
            connection.close()
        self._keep(response.headers.get_all("Set-Cookie", []))
        answer = Answer(response.status, path, html, {name.lower(): value for name, value in response.getheaders()})
        self.token = answer.token or self.token
        return answer

    def _follow(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Answer:
        answer = self.raw(method, path, body, {"Content-Type": kind} if kind else {})
        for _ in range(_FOLLOWED_AT_MOST):
            if answer.status in (502, 503, 500):
                raise Broken(str(answer.status))
            if answer.status not in (301, 302, 303):
                return answer
            answer = self.raw("GET", answer.headers["location"])
        raise AssertionError(f"{path} leads in circles")

    def _keep(self, lines: Sequence[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or morsel.value == "":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


def multipart(files: Sequence[tuple[str, str, bytes]], fields: Mapping[str, str]) -> tuple[bytes, str]:
    """A body and its content type. File names go as they are: what a hostile sender does with them is the test."""
    mark = secrets.token_hex(12)
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    body = "".join(parts).encode("utf-8", "surrogatepass")
    for name, file_name, content in files:
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        body += (
            head.encode("utf-8", "surrogatepass")
            + b"Content-Type: application/octet-stream\r\n\r\n"
            + content
            + b"\r\n"
        )
    return body + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"
