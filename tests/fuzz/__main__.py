"""`make fuzz`: atheris looks for bytes that make a target raise; it keeps what it learns in
.run/fuzz.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["schemas", "ingress", "workers", "pamqp"]):
    from tests.fuzz.targets import TARGETS

RUN = Path(__file__).parents[2] / ".run/fuzz"


def main() -> int:
    """Fuzz one target in this process, or all of them, each in one of its own: atheris ends its
    process.
    """
    parser = argparse.ArgumentParser("tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each target (60)")
    arguments = parser.parse_args()
    if arguments.target == "all":
        more = ["--seconds", str(arguments.seconds)]
        codes = [
            subprocess.call([sys.executable, "-m", "tests.fuzz", name, *more]) for name in TARGETS
        ]
        return max(map(abs, codes))
    target, corpus = TARGETS[arguments.target], RUN / arguments.target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed{number}").write_bytes(seed)
    limits = [
        f"-max_total_time={arguments.seconds}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]
    atheris.Setup(
        [sys.argv[0], str(corpus), f"-artifact_prefix={RUN}/{arguments.target}-", *limits],
        target.run,
    )
    atheris.Fuzz()
    return 0


sys.exit(main())
