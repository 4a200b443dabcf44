"""Webhooks of every platform, through one real ingress and a real broker."""

from pathlib import Path
from typing import Any

import orjson

from ingress.platforms import PLATFORMS
from ingress.settings import read_apps
from ingress.signing import signed_headers
from tests.ingress.platform_bodies import SAMPLES, Sample
from tests.system.processes import ingress

OWN = """
[platforms.acme]
signature = "x-acme-signature"
signed = "{timestamp}.{body}"
encoding = "hex"
separator = ","
timestamp_prefix = "t="
prefix = "v1="
topic = [{header = "x-acme-resource"}, {field = "action"}]
shop = {field = "account"}
"""
SAMPLE = Sample(b'{"action": "opened", "account": "a-1"}', "ticket/opened", "a-1")


async def test_each_platforms_webhook_is_stored_as_what_it_says(
    url: str, app: str, tmp_path: Path
) -> None:
    samples = SAMPLES | {"acme": SAMPLE}
    tables = [
        f'[apps.{app}-{name}]\nplatform = "{name}"\nsecrets = ["{sample.secret}"]\n'
        f'address = "https://hooks.example.com/webhooks/{name}"\n'
        for name, sample in samples.items()
    ]
    (tmp_path / "apps.toml").write_text("\n".join(tables))
    (tmp_path / "platforms.toml").write_text(OWN)
    settings: dict[str, Any] = {
        "APPS_FILE": str(tmp_path / "apps.toml"),
        "PLATFORMS_FILE": str(tmp_path / "platforms.toml"),
    }
    apps = read_apps({f"HOOKLINE_{name}": value for name, value in settings.items()})
    assert {*PLATFORMS, "acme"} == {one.platform.name for one in apps.values()}

    async with ingress(url, SECRETS=None, **settings) as door:
        for one in apps.values():
            sample = samples[one.platform.name]
            said = (sample.topic, sample.shop_header, sample.body, "application/json")
            answer = await door.session.post(
                f"http://127.0.0.1:{door.port}/webhooks/{one.name}",
                data=sample.body,
                headers=signed_headers(one, *said),
            )
            assert 200 == answer.status, (one.name, await answer.text())
            accepted = await door.event("webhook.accepted", app=one.name)
            shop = one.name if sample.shop == "test" else sample.shop
            assert (sample.topic, shop) == (accepted["topic"], accepted["shop"])
            assert orjson.loads(await answer.read())["id"] == accepted["id"]
