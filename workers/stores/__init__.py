"""Where claims are kept that consumers make with `once=`: see `workers.once`.

Each module but `memory` needs a client that not everybody has, so whoever uses it imports it.
"""
