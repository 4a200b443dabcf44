"""What ends the reading of a body, and the bounds that JSON and XML share."""

MAX_DEPTH = 100
"""Arrays and objects, or elements, within each other, at most. Ours, so that no interpreter's or
library's own bound is met: those differ from version to version.
"""

MAX_DIGITS = 4300
"""Of an integer: one that has more of them stays text. What Python converts by default, and
pydantic's own JSON.
"""


class Undecodable(ValueError):
    """The bytes are not what their content type says. The message holds nothing of the body: it is
    somebody's data.
    """
