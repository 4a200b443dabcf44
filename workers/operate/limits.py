"""What is taken where an operator does not say otherwise.

Imports nothing: every command reads it.
"""

RATE = 50.0
"""Letters a second."""
MAX_RATE = 100_000
RAMP_WAIT = 10
"""Seconds after a ramp's step until its letters are looked for."""
