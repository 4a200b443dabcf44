"""Users as definitions: what an import makes of them, and that no password stands in them."""

from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from schemas.roles import Role, permissions
from workers.passwords import read_passwords
from workers.role_definitions import NO_PASSWORD, definitions_of_users, password_hash
from workers.settings import SettingsError

PUBLISHED = b64encode(bytes.fromhex("908DC60A") + sha256(b"\x90\x8d\xc6\x0atest12").digest())
"""The example of RabbitMQ's own page on passwords: salt 908DC60A, password test12."""


def is_for(hashed: str, password: str) -> bool:
    """Tell whether a hash is one of the password, as the broker would."""
    raw = b64decode(hashed)
    return raw[4:] == sha256(raw[:4] + password.encode()).digest()


def test_the_hash_is_the_one_that_rabbitmq_documents() -> None:
    assert b"kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR" == PUBLISHED
    assert is_for(PUBLISHED.decode(), "test12")
    assert is_for(password_hash("spiffy-worker", "pa55wörd"), "pa55wörd")
    assert not is_for(password_hash("spiffy-worker", "pa55wörd"), "pa55word")


def test_a_hash_changes_with_the_password_and_with_the_user_alone() -> None:
    hashes = [
        password_hash(user, password) for user in ("one", "two") for password in ("a", "b", "a")
    ]
    assert 4 == len(set(hashes))


def test_every_role_has_a_user_and_its_permissions_and_no_password_stands_there() -> None:
    exported = definitions_of_users("one", "shop", {Role.WORKER: "pa55word"})
    assert [{"name": "shop"}] == exported["vhosts"]
    assert [f"one-{role}" for role in Role] == [user["name"] for user in exported["users"]]
    assert [
        {"user": f"one-{role}", "vhost": "shop"} | permissions("one", role)._asdict()
        for role in Role
    ] == exported["permissions"]
    assert b"pa55word" not in orjson.dumps(exported)

    hashed = {user["name"]: user["password_hash"] for user in exported["users"]}
    assert is_for(hashed.pop("one-worker"), "pa55word")
    assert {NO_PASSWORD} == set(hashed.values())


def test_passwords_are_read_from_files_named_by_role(tmp_path: Path) -> None:
    (tmp_path / "ingress").write_text("first\n")
    (tmp_path / "worker").write_text("second\r\n")
    (tmp_path / "README").write_text("no password")
    assert {Role.INGRESS: "first", Role.WORKER: "second"} == read_passwords(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("ingres", b"pa55word", "no file there is named by a role: ingress, worker"),
        ("worker", b" \n", "worker is empty; write the password into it"),
        ("worker", b"pa55word\xff", "worker: not text in UTF-8"),
    ],
)
def test_a_folder_without_usable_passwords_is_refused_and_none_is_shown(
    tmp_path: Path, file: str, content: bytes, told: str
) -> None:
    (tmp_path / file).write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        read_passwords(tmp_path)
    assert told in str(caught.value)
    assert "pa55word" not in str(caught.value)
