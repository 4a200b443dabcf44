# A machine with systemd, for tests alone. The base is laid out by tests/deploy/containers.py.
FROM localhost/base:python-bookworm
RUN apt-get -q update && apt-get -qy --no-install-recommends install systemd dbus && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["/lib/systemd/systemd"]
