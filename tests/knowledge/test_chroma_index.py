import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from knowledge.chroma_index import ChromaIndex
from knowledge.encoder import OnnxEncoder, Vectors
from knowledge.errors import IndexLockedError
from knowledge.index import ExactIndex
from knowledge.lock import hold
from knowledge.passage import SHARED
from knowledge.store.database import open_database
from knowledge.store.passages import PassageTable

QUERIES = (
    "they nod and then nothing is delivered",
    "two of my people cannot stand each other",
    "we have fifteen priorities",
)


@pytest.fixture
def store(data_dir: Path) -> PassageTable:
    return PassageTable(open_database(f"sqlite:///{data_dir / 'twofold.db'}"))


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder()


@pytest.fixture(scope="module")
def vectors(encoder: OnnxEncoder) -> Vectors:
    return encoder.encode(QUERIES).vectors


def opened(
    folder: Path, store: PassageTable, encoder: OnnxEncoder
) -> tuple[ChromaIndex, list[str]]:
    said: list[str] = []
    return ChromaIndex(folder, store, encoder.digest, said.append), said


def test_it_finds_what_exact_search_finds(
    data_dir: Path, store: PassageTable, encoder: OnnxEncoder, vectors: Vectors
) -> None:
    index, _ = opened(data_dir / "index", store, encoder)
    exact = ExactIndex(store, encoder.digest)
    for vector in vectors:
        ours = index.search(vector, 50)
        true = exact.search(vector, 50)
        assert len({h.id for h in ours} & {h.id for h in true}) >= 49
        assert [h.score for h in ours][:5] == pytest.approx([h.score for h in true][:5], abs=1e-4)
    assert index.audit(200) == 0
    index.close()


def test_it_holds_no_text(data_dir: Path, store: PassageTable, encoder: OnnxEncoder) -> None:
    index, _ = opened(data_dir / "index", store, encoder)
    index.close()
    passage = store.get(["card:rank-do-not-list#situation-1"], SHARED)[
        "card:rank-do-not-list#situation-1"
    ]
    words = passage.text.encode()[:40]
    files = [p for p in (data_dir / "index").rglob("*") if p.is_file()]
    assert files
    assert not any(words in p.read_bytes() for p in files)


def test_opened_again_it_is_not_built_again(
    data_dir: Path, store: PassageTable, encoder: OnnxEncoder
) -> None:
    for expected in (["built"], [], [], []):
        index, said = opened(data_dir / "index", store, encoder)
        index.close()
        assert len(said) == len(expected)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for i in range(len(content) // 3, len(content) // 3 + 64):
        content[i % len(content)] ^= 0xFF
    path.write_bytes(content)


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def delete(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("damage", [truncate, flip, zero, delete])
def test_every_damaged_file_is_found_and_the_index_built_again(
    damage: Callable[[Path], None],
    data_dir: Path,
    store: PassageTable,
    encoder: OnnxEncoder,
    vectors: Vectors,
) -> None:
    index, _ = opened(data_dir / "index", store, encoder)
    right = [h.id for h in index.search(vectors[0], 20)]
    index.close()
    good = data_dir / "good"
    shutil.copytree(data_dir / "index", good)
    names = [
        p.relative_to(good) for p in sorted(good.rglob("*")) if p.is_file() and p.stat().st_size
    ]
    assert len(names) >= 4
    for name in names:
        shutil.rmtree(data_dir / "index")
        shutil.copytree(good, data_dir / "index")
        damage(data_dir / "index" / name)
        index, said = opened(data_dir / "index", store, encoder)
        assert said, f"{damage.__name__} of {name} went unnoticed"
        assert [h.id for h in index.search(vectors[0], 20)] == right
        index.close()


def test_a_foreign_or_older_index_is_built_again(
    data_dir: Path, store: PassageTable, encoder: OnnxEncoder
) -> None:
    folder = data_dir / "index"
    for change in ({"engine": "chromadb 0.4.0"}, {"encoder": "0" * 64}, {"revision": 1}):
        index, _ = opened(folder, store, encoder)
        index.close()
        manifest = json.loads((folder / "current.json").read_text())
        (folder / "current.json").write_text(json.dumps({**manifest, **change}))
        index, said = opened(folder, store, encoder)
        index.close()
        assert len(said) == 1, change
    assert len(list(folder.glob("index-*"))) == 1


def test_a_vector_that_is_not_finite_finds_nothing(
    data_dir: Path, store: PassageTable, encoder: OnnxEncoder
) -> None:
    index, _ = opened(data_dir / "index", store, encoder)
    assert index.search(np.full(384, np.nan, dtype=np.float32), 5) == []
    index.close()


def test_a_second_process_is_refused_and_told_who_holds_the_lock(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom knowledge.lock import hold\n"
        "with hold(Path(sys.argv[1]),'serving'):\n"
        "    print('held',flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        refused = pytest.raises(IndexLockedError, match=rf"process {holder.pid} \(serving\)")
        with refused, hold(tmp_path, "test"):
            pass
        holder.kill()
    with hold(tmp_path, "test"):
        pass
