"""A record's content opens with its own key only, and never again once the key is destroyed."""

from pathlib import Path

import pytest
from django.db import connections

from counterpoint.base import ids, keyring
from counterpoint.base.models import RecordKey
from counterpoint.base.sealing import CannotUnseal

pytestmark = pytest.mark.django_db


def test_what_was_sealed_opens_again():
    key_id = keyring.new_record_key()
    sealed = keyring.seal_json({"worry": "Gofid ☂ قلق"}, key_id=key_id, place="referral.answers:1")
    assert b"worry" not in sealed
    assert keyring.unseal_json(sealed, key_id=key_id, place="referral.answers:1") == {"worry": "Gofid ☂ قلق"}


def test_content_moved_to_another_place_or_key_does_not_open():
    key_id, other = keyring.new_record_key(), keyring.new_record_key()
    sealed = keyring.seal_record(b"x", key_id=key_id, place="referral.answers:1")
    with pytest.raises(CannotUnseal):
        keyring.unseal_record(sealed, key_id=key_id, place="referral.answers:2")
    with pytest.raises(CannotUnseal):
        keyring.unseal_record(sealed, key_id=other, place="referral.answers:1")


@pytest.mark.django_db(transaction=True)
def test_a_destroyed_key_is_gone_from_the_key_database_file():
    key_id = keyring.new_record_key()
    sealed = keyring.seal_record(b"x", key_id=key_id, place="p:1")
    wrapped = bytes(RecordKey.objects.using("keys").get(pk=key_id).wrapped)
    keyring.destroy_record_key(key_id)
    keyring.destroy_record_key(key_id)
    with pytest.raises(keyring.KeyDestroyed):
        keyring.unseal_record(sealed, key_id=key_id, place="p:1")
    assert keyring.unseal_many([(key_id, sealed, "p:1")]) == [None]
    connection = connections["keys"]
    if connection.vendor == "sqlite" and "memory" not in str(connection.settings_dict["NAME"]):
        name = connection.settings_dict["NAME"]
        for ending in ("", "-wal"):
            assert wrapped not in Path(f"{name}{ending}").read_bytes()


def test_records_do_not_share_keys():
    assert len({keyring.new_record_key() for _ in range(200)}) == 200


def test_references_survive_the_way_people_type_them():
    beginning_like_the_prefix = ids.read_reference("CPS97JVEA")
    assert beginning_like_the_prefix == "CP-CPS9-7JVE-A"
    for reference in [beginning_like_the_prefix, *(ids.new_reference() for _ in range(200))]:
        typed = reference.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert ids.read_reference(typed) == reference
        assert ids.read_reference(reference.removeprefix("CP-")) == reference


def test_a_misheard_reference_is_refused():
    reference = "CP-7K3M-9Q2D-" + ids.new_reference()[-1]
    right = [c for c in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" if ids.read_reference(reference[:-1] + c)]
    assert len(right) == 1
    good = reference[:-1] + right[0]
    assert ids.read_reference(good.replace("7K3M", "7K3N")) is None
    assert ids.read_reference("") is None
    assert ids.read_reference("CP-????-????-?") is None
