"""What each setting looks like, for messages and tests, and whose value none shows."""

EXAMPLES = {
    "amqp_url": (
        "amqp://user:password@host:5672/vhost (several, comma-separated, are tried in turn)"
    ),
    "app": "spiffy",
    "apps_file": "/etc/hookline/apps.toml, with a table [apps.NAME] for each app",
    "secrets": "current:s3cr3t,previous:0ld (or one value alone)",
    "secrets_command": "vault kv get -field=secrets kv/hookline",
    "platform": "spiffy",
    "signature": "base64 or hex",
    "address": "https://hooks.example.com/webhooks/spiffy",
    "platforms_file": "/etc/hookline/platforms.toml, with a table [platforms.NAME] for each",
    "shops": "[a-z0-9-]+[.]spiffystores[.]com",
    "topics": "orders/create,carts/update",
    "refused_shops": "noisy.spiffystores.com",
    "domains": "shop.example.com=johns-apparel.spiffystores.com",
    "shop_rate": "600/m",
    "address_rate": "60/m",
    "host": "127.0.0.1",
    "port": "8080 (0 picks a free one)",
    "admin_host": "127.0.0.1",
    "admin_port": "9080 (0 picks a free one)",
    "max_body": "2MiB",
    "body_timeout": "10 (seconds)",
    "confirm_timeout": "4 (seconds; below the platform's own limit)",
    "max_in_flight": "500",
    "drain_delay": "5 (seconds)",
    "drain_timeout": "25 (seconds)",
    "declare": "create or verify",
    "journal": "7d (or 36h, 2w; off)",
    "journal_bytes": "10GiB",
    "taps": "on or off",
    "management_url": "http://user:password@host:15672/",
    "console_host": "127.0.0.1",
    "console_port": "9082 (0 picks a free one)",
    "console_prefix": "/hookline",
    "console_users": "jane:-:viewer (`hookline-workers console hash NAME` prints an entry)",
    "console_user_header": "X-Forwarded-User",
    "console_proxies": "127.0.0.1,10.0.0.0/8",
    "console_bodies": "masked (or hidden, or whole)",
    "console_masked": "email,phone,address,name,token",
    "log_format": "text or json",
    "log_level": "INFO",
}
"""Every setting of either command, and what one looks like."""
SECRET_SETTINGS = {"amqp_url", "management_url", "secrets", "secrets_command", "console_users"}
"""Whose value no message shows."""
