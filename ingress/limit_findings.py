"""What is to be said of limits at the door. Pure."""

from collections.abc import Iterator, Mapping

from ingress.registration import App
from runtime.finding import Finding


def findings_of_limits(apps: Mapping[str, App]) -> Iterator[Finding]:
    """Yield the limits that lose webhooks: of platforms that send nothing again."""
    for app in apps.values():
        platform = app.platform
        if app.shop_rate is None or platform.sends_again:
            continue
        yield Finding(
            f"app {app.name}: {platform.name} sends nothing again that shop_rate refuses",
            "leave it out, and limit the consumers (`rate=`): what waits in a queue is not lost",
            is_wrong=False,
        )
