"""An ingress under test, and the platform that posts to it."""

import re

import aiohttp

from ingress.signature import sign
from tests.system.process import Process
from tests.system.samples import SECRET, SHOP


def signed(topic: str, body: bytes) -> dict[str, str]:
    """Return the headers with which the platform posts a JSON body."""
    return {
        "X-Spiffy-Topic": topic,
        "X-Spiffy-Shop-Domain": SHOP,
        "X-Spiffy-Hmac-Sha256": sign(body, SECRET.encode()),
        "Content-Type": "application/json",
    }


class Ingress(Process):
    """An ingress, and the platform that posts to it."""

    session: aiohttp.ClientSession
    port = admin_port = 0

    async def post(
        self,
        topic: str,
        body: bytes,
        *,
        app: str,
        content_type: str = "application/json",
        **headers: str,
    ) -> aiohttp.ClientResponse:
        """Post a body as the platform does and return the answer, read."""
        dressed = signed(topic, body) | {"Content-Type": content_type}
        dressed |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"http://127.0.0.1:{self.port}/webhooks/{app}"
        async with self.session.post(url, data=body, headers=dressed) as answer:
            await answer.read()
            return answer

    async def accepted(self, topic: str, body: bytes, *, app: str, **more: str) -> str:
        """Post a body that must be taken in, and return its webhook's id."""
        answer = await self.post(topic, body, app=app, **more)
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["id"])

    async def metric(self, name: str) -> float:
        """Return the value of a metric without labels."""
        async with self.session.get(f"http://127.0.0.1:{self.admin_port}/metrics") as answer:
            values = re.findall(rf"^{name} (\S+)$", await answer.text(), re.MULTILINE)
        assert len(values) == 1, name
        return float(values[0])

    async def admin(self, path: str) -> int:
        """Return the status of a page of the admin port."""
        async with self.session.get(f"http://127.0.0.1:{self.admin_port}{path}") as answer:
            return answer.status
