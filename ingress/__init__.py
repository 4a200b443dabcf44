"""The wing that takes webhooks in."""

try:
    from runtime import hiding
except ImportError as error:
    raise ImportError(
        f"{error.path or error} hides Hookline's own `runtime`: "
        "put yours into a package of your own, as in shop.runtime"
    ) from error

hiding.check_not_hidden("schemas")
