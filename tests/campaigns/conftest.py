import pytest
from tests.cast import Cast, a_cast
from tests.intake.telling import the_england_pack


@pytest.fixture(autouse=True)
def _folders_of_their_own(tmp_path, settings):
    settings.FILES_FOLDER = tmp_path / "files"
    settings.RUNS_FOLDER = tmp_path / "runs"


@pytest.fixture
def cast(db) -> Cast:
    the_england_pack()
    return a_cast()
