"""Settings for tests: fixed keys that protect nothing, and the database that COUNTERPOINT_TEST_DATABASE names."""

import atexit
import os
import shutil
import tempfile

_FOLDER, _OWNER = tempfile.mkdtemp(prefix="counterpoint-tests-"), os.getpid()


@atexit.register
def _clear() -> None:
    if os.getpid() == _OWNER:  # not where a process was forked from it
        shutil.rmtree(_FOLDER, ignore_errors=True)


_POSTGRES = os.environ.get("COUNTERPOINT_TEST_DATABASE", "")  # postgresql://…/name; the keys go to name_keys

os.environ.update(
    {
        "COUNTERPOINT_DEMO": "1",
        "COUNTERPOINT_SECRET_KEY": "tests",
        "COUNTERPOINT_KEY": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
        "COUNTERPOINT_DATABASE_URL": _POSTGRES or f"sqlite:///{_FOLDER}/db.sqlite3",
        "COUNTERPOINT_KEYS_DATABASE_URL": f"{_POSTGRES}_keys" if _POSTGRES else f"sqlite:///{_FOLDER}/keys.sqlite3",
        "COUNTERPOINT_FILES": f"{_FOLDER}/files",
        "COUNTERPOINT_CHECKPOINTS": f"{_FOLDER}/checkpoints",
        "COUNTERPOINT_RECEIPT_HASH_COST": "16",
    }
)

from counterpoint.config.settings import *  # noqa: E402, F403 - after the environment is set

for _alias, _database in DATABASES.items():  # noqa: F405 - on disk as in earnest: in memory, a second thread finds tables locked
    if "sqlite" in _database["ENGINE"]:
        _database["TEST"] = {"NAME": f"{_FOLDER}/test-{_alias}.sqlite3"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
