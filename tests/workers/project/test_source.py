"""Where a new project takes Hookline from."""

from importlib.metadata import Distribution

import pytest

from workers.project import source


class Installed(Distribution):
    """An installed Hookline, as pip has noted it down."""

    def __init__(self, direct_url: str | None) -> None:
        self.direct_url = direct_url

    def read_text(self, filename: str) -> str | None:
        """Return what stands in a file of its metadata."""
        if filename == "direct_url.json":
            return self.direct_url
        return "Name: hookline\nVersion: 9.8\n"

    def locate_file(self, path: object) -> object:  # type: ignore[override]
        """Have no files."""
        raise FileNotFoundError(path)


@pytest.mark.parametrize(
    ("direct_url", "taken"),
    [
        ('{"url": "file:///srv/my%20shop/hookline.whl"}', "/srv/my shop/hookline.whl"),
        ('{"url": "file:///src/hookline", "dir_info": {"editable": true}}', "/src/hookline"),
        ('{"url": "https://git.example/hookline"}', "hookline==9.8"),
        (None, "hookline==9.8"),
    ],
)
def test_it_is_the_path_or_else_the_version(
    direct_url: str | None, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "distribution", lambda name: Installed(direct_url))
    assert taken == source.installed_from()
