"""`hookline-ingress explain`, from a request that was refused to what was wrong with it."""

import asyncio
import json
import re
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from ingress.signature import Encoding, sign
from tests.system.processes import environment, finished, ingress
from tests.system.samples import SHOP

SECRET = "5ca1ab1e0ddba11c0ffee0facade5eed"
OLD = "c2f3a9d81b7e46059ad4e6b8f0175c3d"
BODY = '{"id": 1, "note": "Café / Tee"}'.encode()
WRITTEN_AGAIN = json.dumps(json.loads(BODY), separators=(",", ":")).encode()
NO_BROKER = environment("amqp://nowhere", SECRETS=f"current:{SECRET},old:{OLD}")


async def explained(*arguments: str, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Run the command; it needs no broker."""
    code, out, err = await finished("hookline-ingress", "explain", *arguments, env=env or NO_BROKER)
    assert SECRET not in out + err
    assert OLD not in out + err
    assert "Traceback" not in err
    return code, out, err


async def test_a_body_that_verifies_is_0_and_one_that_does_not_1_with_the_way_out(
    tmp_path: Path,
) -> None:
    file = tmp_path / "body.json"
    file.write_bytes(BODY)
    good = await explained(str(file), "--signature", sign(BODY, OLD.encode()))
    assert (0, True) == (good[0], "verifies, with the secret old" in good[1])

    in_hex = sign(WRITTEN_AGAIN, SECRET.encode(), Encoding.HEX)
    code, out, _ = await explained(str(file), "--signature", f"sha256={in_hex}")
    assert 1 == code
    assert f"body: {len(BODY)} bytes, SHA-256 {sha256(BODY).hexdigest()}" in out
    assert "with the secret current it fits but for 3 things" in out
    assert ["1.", "2.", "3."] == re.findall(r"^\d\.", out, re.MULTILINE)
    assert "HOOKLINE_SIGNATURE=hex" in out
    assert "written again" in out


async def test_a_secret_that_is_given_counts_in_place_of_the_settings_which_are_tried_too(
    tmp_path: Path,
) -> None:
    file = tmp_path / "body.json"
    file.write_bytes(BODY)
    signature = sign(BODY, OLD.encode())
    bare = environment("amqp://nowhere", SECRETS=None)
    alone = await explained(str(file), "--signature", signature, "--secret", "x" * 20, env=bare)
    assert (1, True) == (alone[0], "a secret that is not given here" in alone[1])
    given = await explained(str(file), "--signature", signature, "--secret", OLD, env=bare)
    assert 0 == given[0]
    beside = await explained(str(file), "--signature", signature, "--secret", "x" * 20)
    assert (1, True) == (beside[0], "another secret of the app, old" in beside[1])


async def test_an_apps_file_has_the_other_apps_secrets_tried(tmp_path: Path) -> None:
    (tmp_path / "apps.toml").write_text(
        f'[apps.one]\nsecrets = {{main = "{SECRET}"}}\n[apps.two]\nsecrets = {{main = "{OLD}"}}\n'
    )
    env = environment("amqp://nowhere", SECRETS=None, APPS_FILE=str(tmp_path / "apps.toml"))
    file = tmp_path / "body.json"
    file.write_bytes(BODY)
    signed = ("--signature", sign(BODY, OLD.encode()))
    code, out, _ = await explained(str(file), "--app", "one", *signed, env=env)
    assert (1, True) == (code, "main of two" in out)
    unnamed = await explained(str(file), *signed, env=env)
    assert (2, True) == (unnamed[0], "one, two" in unnamed[2])


BAD_USAGE = [
    (["nowhere.json", "--signature", "x"], "nowhere.json: No such file"),
    (["{file}"], "--signature"),
    (["{file}", "--signature", "x", "--app", "other"], "not configured"),
    (["{file}", "--signature", "x", "--platform", "etsy"], "not known; there are spiffy"),
    (["{folder}", "--signature", "x"], "Is a directory"),
]


@pytest.mark.parametrize(("arguments", "says"), BAD_USAGE)
async def test_what_cannot_be_explained_is_2_and_says_why(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    file = tmp_path / "body.json"
    file.write_bytes(BODY)
    filled = [one.format(file=file, folder=tmp_path) for one in arguments]
    code, _, err = await explained(*filled)
    assert (2, True) == (code, says in err), err


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("kind", ["--trace", "--trace-ascii"])
@pytest.mark.parametrize(
    ("signing", "answered"),
    [(SECRET, "webhook.accepted"), (OLD + "\n", "webhook.refused")],
    ids=["taken in", "refused"],
)
async def test_what_curl_writes_of_a_real_request_is_explained_as_the_ingress_answered_it(
    url: str, app: str, tmp_path: Path, kind: str, signing: str, answered: str
) -> None:
    body = tmp_path / "body"
    body.write_bytes(WRITTEN_AGAIN + b" " * 300)  # over several rows of either trace
    secrets = f"current:{SECRET},old:{OLD}"
    async with ingress(url, APP=app, SECRETS=secrets) as door:
        trace = tmp_path / "trace"
        signature = sign(body.read_bytes(), signing.encode())
        process = await asyncio.create_subprocess_exec(
            "curl", "-s", kind, str(trace), "--data-binary", f"@{body}",
            "-H", "Content-Type: application/json", "-H", f"X-Spiffy-Shop-Domain: {SHOP}",
            "-H", "X-Spiffy-Topic: orders/create", "-H", f"X-Spiffy-Hmac-Sha256: {signature}",
            f"http://127.0.0.1:{door.port}/webhooks",
        )  # fmt: skip
        assert 0 == await process.wait()
        line = await door.event(answered)

    code, out, _ = await explained(str(trace))
    is_refused = answered == "webhook.refused"
    assert is_refused == bool(code)
    if is_refused:
        assert (["spiffy"], "base64") == (line["families"], line["signature"])
        assert line["sha256"] in out
        assert "a line end behind it" in out
