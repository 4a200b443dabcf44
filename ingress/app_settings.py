"""What an app can be told, and what that looks like."""

from ingress import shop_settings
from ingress.platforms import PLATFORMS

EXAMPLES = {
    "secrets": (
        '{current = "s3cr3t", previous = "0ld"}, or a list, or a text as in HOOKLINE_SECRETS'
    ),
    "secrets_command": '["vault", "kv", "get", "-field=secrets", "kv/hookline"]',
    "platform": " or ".join(f'"{name}"' for name in PLATFORMS),
    "signature": '"base64" or "hex"',
    "address": '"https://hooks.example.com/webhooks/spiffy"',
    "shops": '"[a-z0-9-]+[.]spiffystores[.]com"',
    "topics": '["orders/create", "carts/update"]',
    **shop_settings.EXAMPLES,
}
"""What an app's settings look like in a TOML table."""
SETTINGS = tuple(EXAMPLES)
"""What an app is told besides its name, in the environment or in a table of the apps file."""
