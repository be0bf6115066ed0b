import os

import pytest
from tests.kernel.packs.examples import GOOD, HERE

from counterpoint.kernel.packs import NotAPackFolder, read_folder
from counterpoint.kernel.packs.folder import MAX_FILES


def test_a_folder_becomes_its_files():
    assert read_folder(HERE / "good") == GOOD


def test_hidden_files_are_left_out(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    (tmp_path / ".DS_Store").write_text("x")
    (tmp_path / "pack.yaml").write_text("id: x")
    assert read_folder(tmp_path) == {"pack.yaml": b"id: x"}


@pytest.mark.parametrize("to_folder", [True, False])
def test_links_are_refused(tmp_path, to_folder):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("x")
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "texts").symlink_to(outside if to_folder else outside / "secret")
    with pytest.raises(NotAPackFolder, match="symbolic link"):
        read_folder(pack)


def test_what_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "gone", tmp_path / "file"):
        with pytest.raises(NotAPackFolder, match="is not a folder"):
            read_folder(path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pack.yaml")
    with pytest.raises(NotAPackFolder, match="not an ordinary file"):
        read_folder(tmp_path)


def test_a_folder_that_is_no_pack_is_not_read_in_whole(tmp_path):
    for number in range(MAX_FILES + 1):
        (tmp_path / f"f{number}").touch()
    with pytest.raises(NotAPackFolder, match="is it a pack"):
        read_folder(tmp_path)
