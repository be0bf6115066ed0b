"""What is handed in for a pack: taken, or refused with a reason before anything is stored."""

import contextlib
import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.packs.examples import GOOD, TRIAGE

from counterpoint.kernel.packs import NotAPackArchive, files_of_zip, refusals_of, zip_of
from counterpoint.kernel.packs.archive import MAX_FILE_BYTES, MAX_ZIP_BYTES
from counterpoint.kernel.packs.folder import MAX_FILES

KERNEL = Path(__file__).parents[1]
ATTACKS = {
    **{f"decisions/{path.stem}.dmn": path for path in sorted(KERNEL.joinpath("decisions/attacks").glob("*.dmn"))},
    **{f"processes/{path.stem}.bpmn": path for path in sorted(KERNEL.joinpath("processes/attacks").glob("*.bpmn"))},
}


def zipped(files, *, folder=""):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files:
            archive.writestr(folder + path, content)
    return made.getvalue()


@pytest.mark.parametrize("path", sorted(ATTACKS))
def test_every_attack_is_refused_with_a_reason(path):
    refused = refusals_of({path: ATTACKS[path].read_bytes()})
    assert refused
    assert all(problem.file == path and problem.what and problem.remedy for problem in refused)


def test_there_are_attacks_of_both_kinds():
    assert {path.partition("/")[0] for path in ATTACKS} == {"decisions", "processes"}


def test_the_files_of_a_good_pack_are_taken():
    assert refusals_of(GOOD) == ()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "../pack.yaml",
        "/etc/passwd",
        "decisions/../pack.yaml",
        "decisions\\x.dmn",
        "code.py",
        "a" * 200,
        "pack.yaml\n",
    ],
)
def test_a_path_that_a_pack_has_no_place_for_is_refused(path):
    (problem,) = refusals_of({path: b"x"})
    assert problem.code == "stray_file"


def test_everything_wrong_is_told_at_once():
    found = refusals_of(
        {"pack.yaml": b"x: &a 1\n", TRIAGE: b"<x/>", "README.md": b"\xff", "texts/t.yaml": b"#" * (MAX_FILE_BYTES + 1)}
    )
    assert {problem.file for problem in found} == {"pack.yaml", TRIAGE, "README.md", "texts/t.yaml"}


@pytest.mark.parametrize("folder", ["", "england/"])
def test_a_zip_gives_the_files_with_or_without_a_folder_around_them(folder):
    more = [("__MACOSX/pack.yaml", b"x"), (".DS_Store", b"x")]
    made = zipped(GOOD.items(), folder=folder)
    with zipfile.ZipFile(buffer := io.BytesIO(made), "a") as archive:
        for path, content in more:
            archive.writestr(path, content)
    assert files_of_zip(buffer.getvalue()) == GOOD


def test_what_is_zipped_is_unzipped_and_is_the_same_each_time():
    assert files_of_zip(zip_of(GOOD)) == GOOD
    assert zip_of(GOOD) == zip_of(dict(reversed(GOOD.items())))


def refusal(content):
    with pytest.raises(NotAPackArchive) as refused:
        files_of_zip(content)
    assert refused.value.problem.remedy
    return refused.value.problem.what


@pytest.mark.parametrize(
    "path", ["../pack.yaml", "/pack.yaml", "decisions/../../x", "..\\pack.yaml", "c:\\pack.yaml", "c:pack.yaml"]
)
def test_a_path_that_leads_out_is_refused(path):
    made = zipped([("pack.yaml", b"x")])
    with zipfile.ZipFile(buffer := io.BytesIO(made), "a") as archive:
        member = zipfile.ZipInfo("x")
        member.filename = path
        archive.writestr(member, b"x")
    assert "leads out" in refusal(buffer.getvalue())


def test_a_link_is_refused():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("pack.yaml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "link" in refusal(made.getvalue())


def test_a_bomb_is_refused_while_it_is_unpacked_and_not_after():
    bomb = zipped([("pack.yaml", b"\0" * (MAX_FILE_BYTES + 1))])
    assert len(bomb) < 10_000
    assert "unpacks to more" in refusal(bomb)


def test_a_bomb_that_lies_about_its_size_is_refused():
    content = bytearray(zipped([("pack.yaml", b"\0" * (MAX_FILE_BYTES + 1))]))
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = struct.pack("<I", 10)  # the size as the directory tells it
    refusal(bytes(content))


def test_many_files_that_are_small_each_are_refused_as_a_whole():
    many = [("pack.yaml", b"x"), *[(f"texts/t{n}.yaml", b"\0" * (MAX_FILE_BYTES - 1)) for n in range(30)]]
    assert "all to more than" in refusal(zipped(many))


def test_too_many_files_a_path_twice_no_pack_and_too_large():
    assert f"more than {MAX_FILES} files" in refusal(zipped([(f"texts/t{n}.yaml", b"") for n in range(MAX_FILES + 1)]))
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped([("pack.yaml", b"a"), ("pack.yaml", b"b")])
    assert "twice" in refusal(twice)
    assert "no pack.yaml" in refusal(zipped([("texts/a.yaml", b"a"), ("b.yaml", b"b")]))
    assert "no files" in refusal(zipped([]))
    assert "bytes" in refusal(b"PK" * MAX_ZIP_BYTES)


def test_an_encrypted_zip_is_refused():
    content = bytearray(zipped([("pack.yaml", b"x")]))
    central = content.index(b"PK\x01\x02")
    content[central + 8] |= 1
    assert "encrypted" in refusal(bytes(content))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_zip_is_read_or_refused_and_nothing_else(data):
    content = bytearray(zip_of({"pack.yaml": b"id: x\n" * 30, "texts/portal.yaml": b"a: b\n"}))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(NotAPackArchive):
        assert "pack.yaml" in files_of_zip(bytes(content))


def test_an_unusual_method_is_refused():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("pack.yaml", b"\0" * MAX_FILE_BYTES)
    assert "unusual method" in refusal(made.getvalue())
