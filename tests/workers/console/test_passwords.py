"""Hashes of passwords: made, read again, compared, and refused where they ask for too much."""

from dataclasses import replace

import pytest

from workers.console.passwords import BadHash, PasswordHash, hashed, nobodys


def test_a_hash_fits_its_password_and_no_other_after_it_was_written_and_read() -> None:
    written = str(hashed("correct horse"))
    read = PasswordHash.read(written)
    assert read.fits("correct horse")
    assert not read.fits("correct horsf")
    assert written == str(read)


def test_a_hash_has_nothing_that_a_shell_or_a_list_of_users_would_take_for_its_own() -> None:
    assert set() == set(str(hashed("correct horse"))) & set(" ,:$'\"#\\=&;|<>()")


def test_two_hashes_of_one_password_differ() -> None:
    assert str(hashed("correct horse")) != str(hashed("correct horse"))


def test_nobodys_hash_fits_nothing_and_takes_as_long_to_compare() -> None:
    nobodys_own = nobodys()
    somebodys = hashed("correct horse")
    assert replace(somebodys, salt=b"", key=b"") == replace(nobodys_own, salt=b"", key=b"")
    assert len(somebodys.key) == len(nobodys_own.key)
    assert not nobodys_own.fits("")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "scrypt",
        "scrypt.99.8.1.AAAAAAAAAAAAAAAAAAAAAA." + "A" * 43,
        "scrypt.15.99.1.AAAAAAAAAAAAAAAAAAAAAA." + "A" * 43,
        "scrypt.0.8.1.AAAAAAAAAAAAAAAAAAAAAA." + "A" * 43,
        "scrypt.15.8.1.AAAAAAAAAAAAAAAAAAAAA." + "A" * 43,
        "$2b$12$abcdefghijklmnopqrstuv",
    ],
)
def test_what_is_no_hash_of_ours_or_wants_too_much_memory_is_refused(text: str) -> None:
    with pytest.raises(BadHash):
        PasswordHash.read(text)
