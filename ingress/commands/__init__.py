"""What the commands do: a module each, with the `run` that `ingress.__main__` dispatches to."""
