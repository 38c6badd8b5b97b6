from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.encoder import FakeEncoder, OnnxEncoder
from knowledge.errors import EncoderError


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder()


def test_similar_texts_lie_closer(encoder: OnnxEncoder) -> None:
    v = encoder.encode(
        ["nobody told me about the new date", "I was not informed of the change", "bake the bread"]
    ).vectors
    assert v[0] @ v[1] > v[0] @ v[2]


def test_vectors_have_unit_length_and_an_empty_text_the_zero_vector(encoder: OnnxEncoder) -> None:
    v = encoder.encode(["one", "", "three words here"]).vectors
    assert np.linalg.norm(v, axis=1) == pytest.approx([1, 0, 1], abs=1e-5)


def test_a_text_gives_the_same_vector_alone_and_among_others(encoder: OnnxEncoder) -> None:
    alone = encoder.encode(["we missed the date again"]).vectors[0]
    among = encoder.encode(["short", "we missed the date again", "x " * 300]).vectors[1]
    assert np.array_equal(alone, among)


def test_a_long_text_is_read_to_its_end(encoder: OnnxEncoder) -> None:
    filler = "the delivery came on time and all was well. " * 60
    end = " The forklift driver threatened me."
    encoding = encoder.encode([filler + end])
    assert encoding.offsets[0].max() == len(filler + end)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_encoded_and_offsets_lie_inside(encoder: OnnxEncoder, text: str) -> None:
    encoding = encoder.encode([text])
    assert np.isfinite(encoding.vectors).all()
    assert len(encoding.token_vectors[0]) == len(encoding.offsets[0])
    assert all(0 <= a <= b <= len(text) for a, b in encoding.offsets[0])


def test_lone_surrogates_and_nul_do_not_break_it(encoder: OnnxEncoder) -> None:
    assert encoder.encode(["bad \ud800 and \x00 here"]).vectors.any()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "minilm-int8.onnx").write_bytes(b"not a model")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(EncoderError, match="make setup"):
        OnnxEncoder(tmp_path)


def test_the_fake_keeps_what_it_was_asked_and_runs_dry() -> None:
    fake = FakeEncoder([[1.0, 0.0]])
    fake.encode(["a"])
    assert fake.asked == ["a"]
    with pytest.raises(LookupError):
        fake.encode(["b"])
