"""The coach as it is shipped, over a prepared store."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.classifier import Classifier
from assistant.coach import Coach
from assistant.factory import Application, reading
from assistant.heads import load_heads
from assistant.probes import load_probes
from assistant.settings import read_settings
from knowledge.encoder import OnnxEncoder


@pytest.fixture(scope="session")
def application(
    prepared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    """One application for tests that only ask."""
    own = tmp_path_factory.mktemp("application") / "data"
    shutil.copytree(prepared_data, own)
    with reading(read_settings({"TWOFOLD_DATA": str(own)})) as opened:
        yield opened


@pytest.fixture(scope="session")
def coach(application: Application) -> Coach:
    return application.coach


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    encoder = OnnxEncoder()
    return Classifier(encoder, load_heads(encoder.digest), load_probes())
