"""The official JSON Schema of AsyncAPI 3.0.0, as its makers publish it.

It is no part of this repository. npm brings it once into `.run`, out of the makers' own package
(Apache-2.0); who has no npm, or no registry, skips what asks for it.
"""

import json
from functools import cache

from jsonschema import Draft7Validator

from tests.npm import brought

PACKAGE = "@asyncapi/specs@6.11.1"
MEMBER = "package/schemas/3.0.0.json"
SHA256 = "d4571a420e6ffb7fcc7066c95a6db1202f299a3c51daa103d0706bf30f95e626"


@cache
def official() -> Draft7Validator:
    """Return what tells whether a document is AsyncAPI 3.0.0; skips the test where it is not to be
    had.
    """
    raw = brought(PACKAGE, MEMBER, "asyncapi-3.0.0.json", SHA256)
    return Draft7Validator(json.loads(raw))
