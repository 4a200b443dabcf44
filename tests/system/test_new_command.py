"""`hookline-workers new`: what it refuses, and what is left then."""

from pathlib import Path

from tests.system.processes import environment, finished

NOTHING = environment("", SECRETS=None, AMQP_URL=None)


async def new(name: str, folder: Path) -> tuple[int, str, str]:
    """Run the command in a folder."""
    return await finished("hookline-workers", "new", name, env=NOTHING, cwd=folder)


async def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "bagend").mkdir()
    code, out, err = await new("bagend", tmp_path)
    assert (2, "") == (code, out)
    assert "bagend is there already; take another name" in err
    assert [] == [*(tmp_path / "bagend").iterdir()]


async def test_a_name_of_ours_makes_nothing(tmp_path: Path) -> None:
    code, out, err = await new("schemas", tmp_path)
    assert (2, "") == (code, out)
    assert "one of Hookline's own packages" in err
    assert [] == [*tmp_path.iterdir()]


async def test_every_file_that_is_made_is_told_and_no_two_projects_have_one_secret(
    tmp_path: Path,
) -> None:
    code, out, err = await new("bagend", tmp_path)
    assert (0, "") == (code, err)
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert made == {line for line in out.splitlines() if line.startswith("bagend/")}

    await new("dale", tmp_path)
    secrets = {file.read_text().splitlines()[-1] for file in tmp_path.glob("*/settings.env")}
    assert 2 == len(secrets)
