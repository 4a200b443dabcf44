"""The wing that takes webhooks in. A request passes through these of its modules:

    server             listens, and has a connection made for each client
      connection       holds the client's place: in a waiting_room, until it has proven itself
      inflow           takes its bytes, in bounds, and finds the requests in them
      turns            handles one of them after the other, and writes their answers
    app                makes the checks, in the order of DESIGN, by way of:
      gate             is there room for it?
      reading          does its body come whole, and in time?
      platforms        what do its headers claim?
      signature        does it prove the body? From here on the client is no guest any more.
      checks, content  are topic, shop and type such as the app takes?
    publisher          stores it on the broker; upkeep and canary see to it that this can be done
    answer             says 200, or which of the refusals it met

`commands.serve` puts them together.
"""

try:
    from runtime import hiding
except ImportError as error:
    raise ImportError(
        f"{error.path or error} hides Hookline's own `runtime`: "
        "put yours into a package of your own, as in shop.runtime"
    ) from error

hiding.check_not_hidden("schemas")
