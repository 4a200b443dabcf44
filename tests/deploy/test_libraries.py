"""What a private node is shown of its server: enough to run, and little to look through."""

from pathlib import Path

import pytest

from deploy.local.libraries import fullest, show

MADE_OF = {
    "rabbit-3.10.8": "kernel, stdlib,\n  ra, rabbit_common",
    "rabbit_common-3.10.8": "kernel, rabbit",
    "ra-2.2.0": "stdlib, aten",
    "aten-0.5.8": "",
    "rabbitmq_top-3.10.8": "rabbit, cowboy",
    "cowboy-2.8.0": "",
}


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    """A server's folder, with a file between its libraries."""
    place = tmp_path / "plugins"
    for library, names in MADE_OF.items():
        name = library.partition("-")[0]
        modules = place / library / "ebin"
        modules.mkdir(parents=True)
        described = f"{{application, {name}, [{{applications, [{names}]}}]}}."
        (modules / f"{name}.app").write_text(described)
    (place / "README").write_text("")
    return place


def shown(folder: Path) -> set[str]:
    """Return the names of the libraries in a folder, each of which can be read."""
    return {library.name for library in folder.iterdir() if (library / "ebin").is_dir()}


@pytest.mark.parametrize(
    ("wanted", "others"),
    [(["rabbit"], set()), (["rabbit", "rabbitmq_top"], {"rabbitmq_top-3.10.8", "cowboy-2.8.0"})],
    ids=["no plugin", "a plugin"],
)
def test_a_node_is_shown_what_it_is_made_of_and_no_more(
    libraries: Path, tmp_path: Path, wanted: list[str], others: set[str]
) -> None:
    show(libraries, wanted, tmp_path / "shown")
    broker = {"rabbit-3.10.8", "rabbit_common-3.10.8", "ra-2.2.0", "aten-0.5.8"}
    assert broker | others == shown(tmp_path / "shown")


def test_what_was_shown_before_is_forgotten(libraries: Path, tmp_path: Path) -> None:
    show(libraries, ["rabbitmq_top"], tmp_path / "shown")
    show(libraries, ["ra"], tmp_path / "shown")
    assert {"ra-2.2.0", "aten-0.5.8"} == shown(tmp_path / "shown")


def test_the_fullest_are_looked_into_first_and_those_that_are_nowhere_left_out(
    libraries: Path, tmp_path: Path
) -> None:
    erlang = tmp_path / "lib"
    (erlang / "stdlib-4.2").mkdir(parents=True)
    assert [
        str(erlang / "stdlib-4.2/ebin"),
        str(libraries / "rabbit-3.10.8/ebin"),
        str(libraries / "rabbit_common-3.10.8/ebin"),
        str(libraries / "ra-2.2.0/ebin"),
    ] == fullest([libraries, erlang])
