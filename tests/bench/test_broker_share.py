"""How the broker's share is taken. The taking itself is `python -m tests.bench --sweep broker`."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from deploy.local.rabbitmq import Node
from tests.bench.broker_share import _on_disk


def test_all_files_of_a_node_count_whole_blocks_and_what_is_gone_counts_nothing(
    tmp_path: Path,
) -> None:
    node = cast("Node", SimpleNamespace(folder=tmp_path))
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert 0 == _on_disk(node)

    (tmp_path / "quorum").mkdir()
    (tmp_path / "quorum/one.wal").write_bytes(b"x" * 10_000)
    (tmp_path / "two").write_bytes(b"x")
    assert 10_000 <= _on_disk(node) <= 10_001 + 2 * 4_096
    assert 0 == _on_disk(node) % 512
