"""Secrets that others may guess, or that are not what the platform has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.registration import App
from ingress.secret import Secret
from ingress.weak_secrets import findings_of_secrets

GOOD = "5ca1ab1e0ddba11c0ffee0facade5eed"
OTHER = "c2f3a9d81b7e46059ad4e6b8f0175c3d"


def app(name: str = "one", **secrets: str) -> App:
    """Return an app with these secrets."""
    return App(name=name, secrets=secrets)


SECRETS = {
    "hex": (GOOD, ""),
    "Shopify's": (f"shpss_{GOOD}", ""),
    "words": ("correct horse-battery,staple", "blanks"),
    "short": ("hush", "shorter than 16 bytes"),
    "one short of enough": (GOOD[:15], "shorter than 16 bytes"),
    "just enough": (OTHER[:16], ""),
    "monotonous": ("12121213121212131", "few bytes that differ"),
    "pasted twice": (OTHER[:16] * 2, "again and again"),
    "quoted": (f'"{GOOD}', "a quote"),
    "a blank within": (f"{GOOD} {OTHER}", "blanks"),
    "a mark without width": (f"{GOOD}\u200b", "cannot be seen"),
    "a line end within": (f"{GOOD}\n{OTHER}", "cannot be seen"),
}


@pytest.mark.parametrize(("secret", "says"), SECRETS.values(), ids=SECRETS)
def test_each_fault_of_a_secret_is_told_by_its_name_with_a_way_out(secret: str, says: str) -> None:
    found = [*findings_of_secrets({"one": app(current=secret)})]
    assert bool(says) == bool(found)
    for finding in found:
        assert "app one: the secret current" in finding.told
        assert finding.way_out
        assert finding.is_wrong
        assert secret not in str(finding)
    assert says in "".join(finding.told for finding in found)


def test_a_secret_that_two_apps_share_is_told_once() -> None:
    apps = {"one": app("one", current=GOOD), "two": app("two", main=GOOD, old=OTHER)}
    (finding,) = findings_of_secrets(apps)
    assert "the secrets current of one and main of two are the same" == finding.told


@given(st.text(min_size=1).filter(str.strip))
def test_no_secret_raises(secret: str) -> None:
    made = App.model_construct(name="one", secrets={"it": Secret(secret.encode(errors="replace"))})
    assert all(finding.way_out for finding in findings_of_secrets({"one": made}))
