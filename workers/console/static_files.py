"""The style sheet and the scripts: read once, and served under addresses of their versions."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file; `version` changes whenever it does."""

    content: bytes
    kind: str
    version: str


class StaticFiles:
    """All there are, by name."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._files: dict[str, StaticFile] = {}
        for path in sorted(FOLDER.iterdir()):
            if path.suffix in KINDS:
                self._files[path.name] = _read(path)

    def find(self, name: str) -> StaticFile | None:
        """Return a file; None where there is none of that name."""
        return self._files.get(name)

    def address(self, name: str) -> str:
        """Return where a file is to be had."""
        version = self._files[name].version
        return f"{self._prefix}/static/{version}/{name}"


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    digest = sha256(content).hexdigest()
    kind = KINDS[path.suffix]
    return StaticFile(content, kind, version=digest[:12])
