"""Malformed, oversized and forged requests over real HTTP: a clear refusal, nothing lost, never a fault of ours."""

import socket
from urllib.parse import quote

import pytest
from tests.deployment import Deployment
from tests.hostile.conftest import CANARY, WORRY, is_clear_refusal, nothing_was_lost
from tests.visitor import Visitor, multipart

_URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


def _with_token(visitor: Visitor, rest: bytes) -> bytes:
    return f"csrfmiddlewaretoken={visitor.token}&".encode() + rest


class TestBodies:
    @pytest.mark.parametrize(
        ("what", "rest", "status"),
        [
            ("an answer of three megabytes", b"worry=" + CANARY.encode() * 300_000, 413),
            ("ten thousand fields", b"&".join(b"f%d=%s" % (n, CANARY.encode()) for n in range(10_000)), 413),
            ("one field ten thousand times", b"&".join([b"worry=" + CANARY.encode()] * 10_000), 413),
        ],
    )
    def test_too_much(self, begun: Visitor, what: str, rest: bytes, status: int) -> None:
        answer = begun.raw("POST", begun.form("worry"), _with_token(begun, rest), _URLENCODED)
        assert is_clear_refusal(answer, status), what
        assert nothing_was_lost(begun)

    def test_an_answer_that_is_too_long_is_named_and_kept_on_the_page(self, begun: Visitor) -> None:
        answer = begun.post(begun.form("worry"), {"worry": f"{CANARY} " * 2_000})
        assert is_clear_refusal(answer, 422)
        assert "5000" in answer.text or "5,000" in answer.text
        assert nothing_was_lost(begun)

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda body, kind: (body, "multipart/form-data"),
            lambda body, kind: (body, "multipart/form-data; boundary="),
            lambda body, kind: (body, "multipart/form-data; boundary=" + "x" * 300),
            lambda body, kind: (body, 'multipart/form-data; boundary="a b c'),
            lambda body, kind: (body, "multipart/form-data; boundary=another"),
            lambda body, kind: (body[: len(body) // 2], kind),
            lambda body, kind: (body.replace(b"form-data; name", b"form-data; nome"), kind),
            lambda body, kind: (body.replace(b"\r\n", b"\n"), kind),
            lambda body, kind: (
                body.replace(b"Content-Disposition", b"Content-Transfer-Encoding: base64\r\nContent-Disposition"),
                kind,
            ),
            lambda body, kind: (b"", kind),
            lambda body, kind: (b"\x00" * 5000, kind),
        ],
    )
    def test_broken_multipart(self, begun: Visitor, spoil) -> None:
        body, kind = multipart(
            [("files", f"{CANARY}.txt", b"words " + CANARY.encode())],
            {"csrfmiddlewaretoken": begun.token, "action": "upload"},
        )
        body, kind = spoil(body, kind)
        answer = begun.raw("POST", begun.form("files"), body, {"Content-Type": kind})
        assert 300 <= answer.status < 500, answer.status
        assert answer.status < 400 or is_clear_refusal(answer, answer.status)
        assert nothing_was_lost(begun)

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"worry=%FF%FE%00" + CANARY.encode(), "application/x-www-form-urlencoded"),
            (b"worry=" + "sørgeligt".encode("latin-1"), "application/x-www-form-urlencoded"),
            (b"worry=" + "traurig".encode("utf-16"), "application/x-www-form-urlencoded"),
            (b"worry=%ED%A0%80%ED%BF%BF" + CANARY.encode(), "application/x-www-form-urlencoded"),
            (b"worry=a%00b%00" + CANARY.encode(), "application/x-www-form-urlencoded"),
            (b"worry=%E2%80%AE" + CANARY.encode() + b"%CC%81" * 4000, "application/x-www-form-urlencoded"),
            (b"worry=" + CANARY.encode(), "application/x-www-form-urlencoded; charset=utf-16"),
            (b"worry=" + CANARY.encode(), "application/x-www-form-urlencoded; charset=no-such-thing"),
            (b"worry=" + CANARY.encode(), "application/x-www-form-urlencoded; charset=\xff"),
            (b'{"worry": "' + CANARY.encode() + b'"}', "application/json"),
            (b"<worry/>", "text/xml"),
            (b"worry=x", ""),
            (b"%%%=%%%&&&;;;==%zz", "application/x-www-form-urlencoded"),
        ],
    )
    def test_encodings(self, begun: Visitor, body: bytes, kind: str) -> None:
        headers = {"Content-Type": kind, "X-CSRFToken": begun.token}
        answer = begun.raw("POST", begun.form("person_name"), body.replace(b"worry", b"person_surname"), headers)
        assert 300 <= answer.status < 500, answer.status
        assert answer.status < 400 or is_clear_refusal(answer, answer.status)
        assert nothing_was_lost(begun)

    def test_what_cannot_be_written_down_in_one_encoding_is_sent_all_the_same(self, begun: Visitor) -> None:
        """NULs, lone surrogates and characters of no known kind in the one answer that is sent for good."""
        odd = b"worry=" + CANARY.encode() + b"%00%ED%A0%80%F4%8F%BF%BF%EF%BF%BE%0D%0A%1B%5B31m"
        answer = begun.raw("POST", begun.form("worry"), _with_token(begun, odd), _URLENCODED)
        assert answer.status in (302, 422)
        begun.get(begun.form("check-answers"))
        assert begun.post(begun.form("check-answers")).reference


class TestEnvelopes:
    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "FOO"])
    @pytest.mark.parametrize("page", ["worry", "check-answers", "your-receipt"])
    def test_other_methods(self, begun: Visitor, method: str, page: str) -> None:
        headers = {"X-CSRFToken": begun.token, **_URLENCODED}
        answer = begun.raw(method, begun.form(page), _with_token(begun, b"worry=" + CANARY.encode()), headers)
        assert answer.status in (403, 405)
        assert CANARY not in answer.html
        assert nothing_was_lost(begun)

    @pytest.mark.parametrize(
        "cookie",
        [
            "form_concern_public=" + "A" * 43,
            "form_concern_public=" + "A" * 7000,
            f"form_concern_public=../../{CANARY}; csrftoken={CANARY}; mailbox={CANARY}; desk_session={CANARY}",
            "form_concern_public=%00; mailbox=:::; desk_session=%ff",
            "=; ==; ;;; \x7f=\x01",
            "; ".join(f"c{n}={CANARY}" for n in range(300)),
        ],
    )
    def test_forged_cookies(self, visitor: Visitor, cookie: str) -> None:
        for path in ("/en/", visitor.form("worry"), visitor.form("check-answers"), "/en/mailbox/messages", "/desk/"):
            answer = visitor.raw("GET", path, None, {"Cookie": cookie})
            assert answer.status < 500, (path, answer.status)
            assert WORRY not in answer.html

    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Something": CANARY * 2000},
            {f"X-{CANARY}-{n}": "x" for n in range(100)},
            {"Accept-Language": f"{CANARY};q=nan," * 500},
            {"Host": f"{CANARY}.example"},
            {"Host": "127.0.0.1:80:80"},
            {"Content-Length": "-5"},
            {"Content-Length": CANARY},
            {"Transfer-Encoding": CANARY},
            {"Referer": f"https://{CANARY}.example/", "Origin": "null"},
            {"X-Forwarded-For": CANARY, "X-Forwarded-Host": f"{CANARY}.example", "X-Forwarded-Proto": CANARY},
            {"Cookie": CANARY * 5000},
            {"Range": f"bytes=0-{10**40}", "If-Modified-Since": CANARY, "If-None-Match": CANARY},
        ],
    )
    def test_odd_headers(self, visitor: Visitor, headers: dict[str, str]) -> None:
        answer = visitor.raw("GET", "/", None, headers)
        assert answer.status < 500 or answer.status == 501, answer.status
        assert "traceback" not in answer.html.casefold()
        assert f"//{CANARY.casefold()}" not in answer.headers.get("location", "").casefold()

    @pytest.mark.parametrize(
        "wire",
        [
            b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % (CANARY.encode() * 600),
            b"GET / HTTP/9.9\r\n\r\n",
            b"%s\r\n\r\n" % CANARY.encode(),
            b"\x16\x03\x01\x02\x00\x01\x00" + CANARY.encode(),
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nBad Header %s: x\r\n\r\n" % CANARY.encode(),
            b"POST /en/mailbox HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"POST /en/mailbox HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz%s\r\n"
            % CANARY.encode(),
            b"GET http://%s.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % CANARY.encode(),
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ],
    )
    def test_what_is_hardly_http(self, served: Deployment, wire: bytes) -> None:
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as line:
            line.sendall(wire)
            line.shutdown(socket.SHUT_WR)
            said = line.recv(65536)
        assert not said.startswith((b"HTTP/1.1 500", b"HTTP/1.1 2")), said[:80]
        assert Visitor(served.port).get("/en/").status == 200

    @pytest.mark.parametrize(
        "path",
        [
            "/en/../../../etc/passwd",
            "/static/../../../../etc/passwd",
            "/static/%2e%2e/%2e%2e/%2e%2e/pyproject.toml",
            "/static/..%5c..%5cpyproject.toml",
            "//en//report//concern_public/",
            f"/en/report/{CANARY.lower()}/",
            f"/en/report/concern_public/{CANARY.lower()}",
            "/en/report/concern_public/worry%00",
            "/en/report/concern_public/worry/../check-answers",
            "/en/report/concern_public/" + "a" * 3000,
            "/xx/",
            "/en/" + quote("\u202eمحمد"),
            "/en/%ff%fe",
            "/en/%c0%ae%c0%ae/",
            "/.git/config",
            "/en/report/__class__/",
            "/en/report/{{7*7}}/",
        ],
    )
    def test_path_tricks(self, visitor: Visitor, path: str) -> None:
        answer = visitor.raw("GET", path)
        assert answer.status in (301, 302, 404), answer.status
        assert answer.status != 404 or is_clear_refusal(answer, 404)
        assert "root:" not in answer.html
        assert "[build-system]" not in answer.html
        assert not answer.headers.get("location", "").startswith(("//", "http"))


class TestForgery:
    def test_a_post_from_elsewhere_stores_nothing(self, begun: Visitor) -> None:
        other = Visitor(begun.port)
        other.get(other.form(""))
        for token, headers in (
            ("", {}),
            (other.token, {}),
            ("A" * 64, {}),
            (begun.token, {"Origin": "https://elsewhere.example"}),
            (begun.token, {"Origin": "null"}),
        ):
            body = f"csrfmiddlewaretoken={token}&worry={CANARY}+forged".encode()
            for page in ("worry", "check-answers"):
                answer = begun.raw("POST", begun.form(page), body, {**_URLENCODED, **headers})
                assert answer.status == 403 or (page == "check-answers" and answer.status == 200)
                assert answer.reference is None
        assert nothing_was_lost(begun)

    def test_a_mailbox_pass_that_is_not_ours_opens_nothing(self, visitor: Visitor) -> None:
        for held in (CANARY, "IjAxOTAi:1t:abc", "a:b:c", "AAAA" * 400):
            visitor.cookies["mailbox"] = held
            for method in ("GET", "POST"):
                answer = visitor.raw(
                    method, "/en/mailbox/messages", b"text=x" if method == "POST" else None, _URLENCODED
                )
                assert answer.status in (302, 403)

    @pytest.mark.parametrize(
        "text",
        [
            "'; DROP TABLE intake_arrival; --",
            '" OR 1=1 --',
            "{{ 7*7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
            "${7*7} #{7*7} <%= 7*7 %>",
            'not(true) or date("2026-01-01") > @"P1D"',
            "<script>alert(1)</script><img src=x onerror=alert(1)>",
            '=HYPERLINK("http://x.example")',
            "](javascript:alert(1)) ![x](http://x.example/x.png)",
            "\u202eسر\u2066 \u200b\u00ad",
        ],
    )
    def test_text_that_looks_like_code_is_text(self, visitor: Visitor, text: str) -> None:
        visitor.get(visitor.form(""))
        visitor.post(visitor.form("worry"), {"worry": f"{CANARY} {text}"})
        visitor.post(visitor.form("person_name"), {"person_forename": text[:90], "person_surname": text[:90]})
        page = visitor.get(visitor.form("check-answers"))
        assert " ".join(text.split()[:2]) in page.text or "\u202e" in text or "<" in text
        assert "<script>alert" not in page.html
        assert "onerror=alert(1)>" not in page.html
        assert "49" not in page.text.replace("2026", "")
        sent = visitor.post(visitor.form("check-answers"))
        assert sent.reference
