"""Small bodies that would fill the memory of a reader who believes them."""

LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10)
)
BILLION_LAUGHS = b'<!DOCTYPE l [<!ENTITY l0 "ha">' + LAUGHS + b"]><l>&l9;</l>"
QUADRATIC = b'<!DOCTYPE l [<!ENTITY l "' + b"ha" * 20_000 + b'">]><l>' + b"&l;" * 20_000 + b"</l>"
