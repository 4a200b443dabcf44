"""The fuzz targets run over their seeds and what is near them, without atheris."""

import pytest

from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds_cut_short_anywhere_and_with_any_byte_changed(name: str) -> None:
    run, seeds = TARGETS[name]
    assert seeds
    for seed in seeds:
        for place in range(0, len(seed), 1 + len(seed) // 50):
            for near in (seed, seed[:place], seed[:place] + b"\xff" + seed[place + 1 :]):
                run(near)
