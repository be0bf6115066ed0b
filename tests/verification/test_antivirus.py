"""The fake scanner is held against the real clamd: the same files, the same answers."""

import pytest
from tests.intake.making_files import a_docx, a_pdf, a_photo, zipped
from tests.verification.clamd import CLAMD, MOST_BYTES, a_clamd

from counterpoint.base.errors import Fault
from counterpoint.gateways.antivirus import Clamd, Scanner, ScannerUnreachable, TooLargeToScan, scanner_at
from counterpoint.gateways.antivirus_fake import EICAR, FakeScanner

pytestmark = pytest.mark.skipif(not CLAMD, reason="clamd is not installed (Debian: clamav-daemon)")


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    with a_clamd(tmp_path_factory.mktemp("clamd")) as address:
        yield scanner_at(address)


@pytest.fixture(params=["fake", "real"])
def scanner(request, real) -> Scanner:
    return real if request.param == "real" else FakeScanner(most_bytes=MOST_BYTES)


FILES = {
    "the test virus": (EICAR, False),
    "the test virus within text": (b"Dear team,\n" + EICAR + b"\nRegards", False),
    "nothing": (b"", True),
    "text": (b"Dear team,", True),
    "a photograph": (a_photo(), True),
    "a PDF": (a_pdf(), True),
    "a document": (a_docx(), True),
    "half a virus": (EICAR[:-10], True),
}


@pytest.mark.parametrize("what", FILES)
def test_both_find_the_same(scanner, what):
    content, is_clean = FILES[what]
    scan = scanner.scan(content)
    assert scan.is_clean == is_clean
    assert ("Eicar" in scan.found) == (not is_clean)


def test_both_refuse_what_is_too_large(scanner):
    with pytest.raises(TooLargeToScan):
        scanner.scan(b"x" * (MOST_BYTES + 1_000_000))


def test_the_real_one_looks_into_archives(real):
    assert not real.scan(zipped({"a.txt": EICAR})).is_clean


@pytest.mark.parametrize("address", ["/nowhere/clamd.sock", "127.0.0.1:1"])
def test_a_scanner_that_is_away_may_be_asked_again(address):
    for away in (Clamd(address), FakeScanner(reachable=False)):
        with pytest.raises(ScannerUnreachable) as error:
            away.scan(b"x")
        assert not error.value.permanent


@pytest.mark.parametrize("address", ["localhost", "host:port", ":3310"])
def test_an_address_that_is_none_says_so(address):
    with pytest.raises(Fault, match="COUNTERPOINT_CLAMD"):
        Clamd(address).scan(b"x")


def test_no_address_is_no_scanner():
    assert scanner_at("") is None
