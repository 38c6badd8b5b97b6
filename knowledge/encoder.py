"""The encoder: text to vectors, embedded, on onnxruntime.

The file is all-MiniLM-L6-v2 (Reimers and Gurevych 2019, "Sentence-BERT", EMNLP), exported to ONNX
and quantised to int8; `models/README.md` says how and what it loses.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import EncoderError

Vectors = NDArray[np.float32]

MODELS = Path(__file__).parent / "models"
DIMENSION = 384
WINDOW_TOKENS = 256
HEAD_WINDOWS = 5
TAIL_WINDOWS = 3
"""A text longer than eight windows keeps its first five and its last three."""


@dataclass(frozen=True)
class Encoding:
    """What one forward pass gives for each text."""

    vectors: Vectors
    """[n, 384], unit length; mean of the token vectors."""
    token_vectors: tuple[Vectors, ...]
    """One [tokens, 384] per text, with the special tokens that open and close each window."""
    offsets: tuple[NDArray[np.int64], ...]
    """One [tokens, 2] per text: start and end in code points of the text; a special token is
    empty: its start is its end."""


class Encoder(Protocol):
    """Turns texts into vectors of one fixed space."""

    @property
    def digest(self) -> str:
        """SHA-256 of what defines the space; vectors of another digest are not comparable."""
        ...

    def encode(self, texts: Sequence[str]) -> Encoding:
        """Encode texts; every text gives a vector, an empty one the zero vector."""
        ...


class OnnxEncoder:
    """The shipped encoder. One thread: under load that is faster than two."""

    def __init__(self, folder: Path = MODELS, *, threads: int = 1):
        """Load the model; `threads` 0 uses every core, which makes a long ingest faster.

        Raises EncoderError when a file is missing or damaged.
        """
        import onnxruntime
        from tokenizers import Tokenizer

        model = folder / "minilm-int8.onnx"
        try:
            content = model.read_bytes()
            tokenizer = (folder / "tokenizer.json").read_bytes()
            options: Any = onnxruntime.SessionOptions()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] (no types)
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            self._session: Any = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer: Any = Tokenizer.from_buffer(tokenizer)
        except Exception as error:  # onnxruntime and tokenizers raise bare exceptions of their own
            raise EncoderError(
                f"The encoder in {folder} cannot be loaded ({type(error).__name__}). "
                "Install the package again: `make setup`."
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=WINDOW_TOKENS)
        self._digest = hashlib.sha256(content + tokenizer).hexdigest()

    @property
    def digest(self) -> str:
        """SHA-256 of the model and its tokenizer."""
        return self._digest

    def encode(self, texts: Sequence[str]) -> Encoding:
        """Encode texts one by one: on one thread a batch is no faster than its texts."""
        tokens, offsets = zip(*(self._one(t) for t in texts), strict=True) if texts else ((), ())
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for i, (t, o) in enumerate(zip(tokens, offsets, strict=True)):
            if (o[:, 1] > o[:, 0]).any():
                mean = t.mean(axis=0)
                vectors[i] = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return Encoding(vectors, tuple(tokens), tuple(offsets))

    def token_spans(self, text: str) -> NDArray[np.int64]:
        """[n, 2]: start and end of every token of a text in code points, however long it is."""
        encoded = self._tokenizer.encode(encodable(text), add_special_tokens=False)
        windows = [encoded, *encoded.overflowing]
        spans = [span for window in windows for span in window.offsets]
        return np.array(spans, dtype=np.int64).reshape(len(spans), 2)

    def _one(self, text: str) -> tuple[Vectors, NDArray[np.int64]]:
        encoded = self._tokenizer.encode(encodable(text))
        windows = [encoded, *encoded.overflowing]
        if len(windows) > HEAD_WINDOWS + TAIL_WINDOWS:
            windows = windows[:HEAD_WINDOWS] + windows[-TAIL_WINDOWS:]
        vectors: list[Vectors] = []
        offsets: list[NDArray[np.int64]] = []
        for window in windows:
            vectors.append(self._run(window.ids))
            offsets.append(np.array(window.offsets, dtype=np.int64))
        return np.concatenate(vectors), np.concatenate(offsets)

    def _run(self, ids: list[int]) -> Vectors:
        row = np.array([ids], dtype=np.int64)
        inputs = {
            "input_ids": row,
            "attention_mask": np.ones_like(row),
            "token_type_ids": np.zeros_like(row),
        }
        return cast(Vectors, self._session.run(["token_vectors"], inputs)[0])[0]


def encodable(text: str) -> str:
    """The text with lone surrogates and NUL as spaces, code point for code point."""
    return "".join(" " if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text)


class FakeEncoder:
    """For tests: gives the vectors it was handed, in order, and keeps the texts it was asked for.

    Raises LookupError when it runs dry.
    """

    def __init__(self, vectors: Sequence[Sequence[float]], digest: str = "fake"):
        self._left = [np.array(v, dtype=np.float32) for v in vectors]
        self._digest = digest
        self.asked: list[str] = []

    @property
    def digest(self) -> str:
        """The digest it was made with."""
        return self._digest

    def encode(self, texts: Sequence[str]) -> Encoding:
        """One stored vector per text; the whole text counts as one token."""
        self.asked.extend(texts)
        if len(texts) > len(self._left):
            raise LookupError(f"FakeEncoder has {len(self._left)} vectors left, {len(texts)} asked")
        taken, self._left = self._left[: len(texts)], self._left[len(texts) :]
        return Encoding(
            np.stack(taken),
            tuple(v[None, :] for v in taken),
            tuple(np.array([[0, len(t)]], dtype=np.int64) for t in texts),
        )
