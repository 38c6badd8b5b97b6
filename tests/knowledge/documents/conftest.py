"""A store with room for documents, and the real encoder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from knowledge.documents.adding import Adder
from knowledge.encoder import OnnxEncoder
from knowledge.passage import OrganisationId
from knowledge.store.database import open_database
from knowledge.store.passages import PassageTable

MakeAdder = Callable[..., Adder]


@pytest.fixture(scope="session")
def encoder() -> OnnxEncoder:
    return OnnxEncoder()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "data").mkdir()
    opened = open_database(f"sqlite:///{tmp_path / 'data' / 'twofold.db'}")
    yield opened
    opened.dispose()


@pytest.fixture
def table(engine: Engine) -> PassageTable:
    return PassageTable(engine)


@pytest.fixture
def adder(table: PassageTable, encoder: OnnxEncoder) -> MakeAdder:
    def make(organisation: str = "acme") -> Adder:
        return Adder(table, encoder, OrganisationId(organisation), "policy")

    return make
