"""The files are what they claim, tell what they should not, in the same bytes always; stripping takes it all out."""

import pytest
from tests.stories.files import KINDS, made, traces

from counterpoint.intake.file_types import MEDIA_TYPES, file_type_of
from counterpoint.intake.stripping.apart import strip

TOLD = [kind for kind in KINDS if made(kind).hidden]
READ = [kind for kind in KINDS if made(kind).shown]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "old.txt"])
def test_a_file_is_found_to_be_what_it_claims(kind):
    file = made(kind)
    found = file_type_of(file.content)
    assert found is not None
    assert found.media_type == file.media_type
    assert found.id == {"jpg": "jpeg"}.get(kind.rpartition(".")[2], kind.rpartition(".")[2])
    assert found.media_type in MEDIA_TYPES.values()


def test_a_text_in_letters_that_nobody_can_be_sure_of_is_not_guessed_at():
    assert file_type_of(made("old.txt").content) is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_call_gives_the_same_bytes(kind):
    assert made(kind).content == made(kind).content


@pytest.mark.parametrize("kind", TOLD)
def test_each_hidden_word_can_be_found_in_the_original(kind):
    file = made(kind)
    assert traces(file.content, file.hidden) == list(file.hidden)


@pytest.mark.parametrize("kind", TOLD)
def test_none_is_left_in_the_working_copy(kind):
    file = made(kind)
    found = file_type_of(file.content)
    assert found is not None
    copy = strip(file.content, file_type=found.id)
    assert copy.removed
    assert traces(copy.content, file.hidden) == []
    assert file_type_of(copy.content) == found


@pytest.mark.parametrize("kind", READ)
def test_what_a_reader_sees_stays(kind):
    file = made(kind)
    copy = strip(file.content, file_type=kind.rpartition(".")[2])
    assert traces(copy.content, file.shown) == list(file.shown)
