"""Platforms of a user's own: as good as the built-in ones, and refused by name where they cannot
be.
"""

import hmac
from base64 import b64encode
from hashlib import sha256, sha512
from pathlib import Path

import pytest

from ingress.platform import Challenge, Claims, Platform
from ingress.prove import Keys, proof_of
from ingress.settings import SettingsError, read_apps, read_platforms
from ingress.signature import Encoding

ACME = """
[platforms.acme]
signature = ["X-Acme-Signature", "X-Old-Signature"]
signed = "{id}|{timestamp}|{body}"
digest = "sha512"
encoding = "hex"
prefix = "v1="
separator = ","
timestamp_prefix = "t="
id = "X-Acme-Delivery"
tolerance = 60
topic = [{header = "X-Acme-Topic"}, {field = "action"}]
shop = {field = ["account.id", "id"], cut = "acct-"}
delivery_id = {header = "X-Acme-Delivery"}
prefixes = ["x-acme-"]
pings = "ping"
challenge = {topic = "verify", field = "token"}
sends_again = false
"""
SMALL = (
    '[platforms.acme]\nsignature = "x-sig"\ntopic = {field = "type"}\nshop = {value = "{app}"}\n'
)


def written(folder: Path, text: str) -> dict[str, str]:
    """Write a file of platforms; return the settings that name it, and an app of it."""
    path = folder / "platforms.toml"
    path.write_text(text)
    return {
        "HOOKLINE_PLATFORMS_FILE": str(path),
        "HOOKLINE_PLATFORM": "acme",
        "HOOKLINE_SECRETS": "hush",
    }


def acme(folder: Path, text: str = ACME) -> Platform:
    """Return the platform that an app has which names it."""
    return read_apps(written(folder, text))["spiffy"].platform


def test_a_platform_of_a_users_own_proves_what_it_describes(tmp_path: Path) -> None:
    text = b"d-1|1700000000|{}"
    digest = hmac.new(b"hush", text, sha512).hexdigest()
    headers = {"X-Acme-Signature": f"t=1700000000,v1={digest}", "X-Acme-Delivery": "d-1"}
    platform = acme(tmp_path)
    prove = proof_of(platform, Keys({"it": b"hush"}, Encoding.HEX), clock=lambda: 1700000060)
    assert "it" == prove(b"{}", platform.read(headers.items()))


def test_what_its_table_says_is_what_the_platform_has(tmp_path: Path) -> None:
    platform = acme(tmp_path)
    body = {"action": "opened", "account": {"id": "acct-7"}}
    claims = platform.read([("X-Acme-Topic", "order"), ("x-acme-other", "1"), ("Cookie", "no")])
    assert {"x-acme-topic": "order", "x-acme-other": "1"} == claims.headers
    assert ["order", "opened"] == [part.said(claims.headers, body, "a") for part in platform.topic]
    assert "7" == platform.shop.said(claims.headers, body, "a")
    assert (("ping",), Challenge("verify", "token"), False) == (
        platform.pings,
        platform.challenge,
        platform.sends_again,
    )


def test_the_least_that_a_table_says_is_a_signature_over_the_body_in_base64(tmp_path: Path) -> None:
    platform = acme(tmp_path, SMALL)
    assert platform.scheme.is_plain
    assert Claims("", "", "s", "", {"x-sig": "s"}) == platform.read([("X-Sig", "s")])
    assert "spiffy" == platform.shop.said({}, None, "spiffy")


def test_the_built_in_platforms_stay_where_there_are_others(tmp_path: Path) -> None:
    assert {"spiffy", "stripe", "acme"} <= set(read_platforms(written(tmp_path, SMALL)))


WRONG = [
    ("", "no table [platforms.NAME] in it"),
    ("[platforms.acme", "HOOKLINE_PLATFORMS_FILE="),
    ("[other]\na = 1\n" + SMALL, "other in "),
    (SMALL.replace("acme", "github"), "[platforms.github] : a name of your own is wanted"),
    (SMALL.replace("acme", '"A b"'), "a name of your own is wanted"),
    ("[platforms]\nacme = 1\n", "[platforms.acme] : a table is wanted, not a number"),
    (
        SMALL.replace("topic", "topics"),
        "[platforms.acme] topics is no setting; did you mean topic?",
    ),
    (SMALL.replace("shop =", "#"), "[platforms.acme] shop is not set"),
    (SMALL.replace('"x-sig"', '""'), "[platforms.acme] signature"),
    (SMALL.replace('"x-sig"', '"x sig"'), "no name of a header"),
    (SMALL.replace("field", "place"), "a place is header, field or value"),
    (SMALL.replace('{field = "type"}', '"type"'), "a table is wanted, not a text"),
    (SMALL.replace('{field = "type"}', "[]"), "[platforms.acme] topic"),
    (SMALL + 'signed = "{body}{id}"', "a text with {id}, {timestamp} or {address}, and {body}"),
    (SMALL + 'signed = "{body.__class__}"', "a text with {id}"),
    (SMALL + 'signed = "{timestamp}.{body}"', "say where that is: timestamp or timestamp_prefix"),
    (SMALL + 'timestamp = "x-at"', "it is not signed, so it proves nothing"),
    (SMALL + 'id = "x-id"', "both or neither"),
    (
        SMALL + 'signed = "{timestamp}.{body}"\ntimestamp_prefix = "t="',
        "say the separator of the header's entries too",
    ),
    (SMALL + 'digest = "md5"', "it is one of sha256, sha1, sha384, sha512"),
    (SMALL + 'encoding = "base32"', "it is one of base64, hex"),
    (SMALL + 'key = "ed25519"', "it is one of text, whsec"),
    (SMALL + 'shops = "hosts."', "it is one of hosts, urls, accounts"),
    (SMALL + "tolerance = 0", "[platforms.acme] tolerance"),
    (SMALL + 'challenge = {topic = "a"}', "a table with topic and field is wanted"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_a_file_that_describes_no_platform_is_refused_by_what_is_wrong(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_apps(written(tmp_path, text))
    assert told in str(caught.value)


def test_an_app_of_a_platform_that_signs_its_address_has_to_say_it(tmp_path: Path) -> None:
    environment = written(tmp_path, SMALL + 'signed = "{address}{body}"')
    with pytest.raises(SettingsError, match="HOOKLINE_ADDRESS: the platform acme signs the addr"):
        read_apps(environment)

    address = "https://hooks.example.com/webhooks/acme"
    app = read_apps(environment | {"HOOKLINE_ADDRESS": address})["spiffy"]
    signed = hmac.new(b"hush", f"{address}{{}}".encode(), sha256).digest()
    assert "secret-1" == proof_of(app.platform, app.keys)(
        b"{}", Claims("", "", _b64(signed), "", {})
    )


def _b64(digest: bytes) -> str:
    return b64encode(digest).decode()


def test_a_platform_that_nobody_describes_is_refused_with_those_that_there_are(
    tmp_path: Path,
) -> None:
    environment = written(tmp_path, SMALL) | {"HOOKLINE_PLATFORM": "acmee"}
    with pytest.raises(SettingsError, match=r"no platform that is known; there are .*, acme"):
        read_apps(environment)
