"""Writes `assistant/heads.json` and `knowledge/card_head.json` from a fine-tuned run.

Run it after `make_encoder.py` has written the encoder file: thresholds and the share's error are
measured on the dev posts with the encoder that ships, not with the one in training.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from assistant.heads import HEADS_FILE, sigmoid
from assistant.screen import ALWAYS_BELIEVED
from assistant.screen_rules import EscalationRules
from evals.train.figures import describe
from evals.train.situations import escalations, natural
from knowledge.card_head import CARD_HEAD_FILE
from knowledge.encoder import OnnxEncoder

RECALL_WANTED = {"natural": 0.9, "escalation": 0.85}
"""Share of the dev texts with an escalation that must be escalated, by source.

At 0.95 on posts two of three posts without a matter would be referred as well.
"""
MOST_DECLINED = 0.01


def main() -> int:
    """Export, choose thresholds on dev, print what they give there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("build/encoder"))
    arguments = parser.parse_args()
    state, names = _load(arguments.run)
    encoder = OnnxEncoder()
    heads = _heads(state, names)
    dev = [s for s in natural() if s.split == "dev"]
    vectors = encoder.encode([s.text for s in dev]).vectors
    any_head, share = heads["escalation"]["any"], heads["share"]
    any_p, share_p = _probability(any_head, vectors), _probability(share, vectors)
    figures = describe(dev, share_p, any_p, _probability(heads["out_of_scope"], vectors))
    thresholds = {
        **_escalation_thresholds(any_head, encoder),
        "escalation_class": 0.4,
        "out_of_scope": _scope_threshold(heads["out_of_scope"], encoder),
    }
    _write(
        HEADS_FILE,
        {
            "encoder": encoder.digest,
            "trained_on": f"{names['trained_on']} model-written or retold, model-labelled texts",
            "share_error": figures["error_sd"],
            **heads,
            "thresholds": thresholds,
        },
    )
    scale = float(np.exp(state["scale"]))
    _write(
        CARD_HEAD_FILE,
        {
            "encoder": encoder.digest,
            "weights": {
                c: _short(w * scale) for c, w in zip(names["cards"], state["cards"], strict=True)
            },
            "bias": {
                c: round(float(b), 4)
                for c, b in zip(names["cards"], state["card_bias"], strict=True)
            },
        },
    )
    print(json.dumps({"dev": figures, "thresholds": thresholds}, indent=1))
    return 0


def _load(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    import torch

    state = torch.load(folder / "heads.pt", weights_only=True)
    names = json.loads((folder / "heads_names.json").read_text(encoding="utf-8"))
    return {k: v.numpy() for k, v in state.items()}, names


def _heads(state: dict[str, np.ndarray], names: dict[str, Any]) -> dict[str, Any]:
    def linear(name: str, row: int = 0) -> dict[str, Any]:
        weights, bias = state[f"{name}.weight"][row], state[f"{name}.bias"][row]
        return {"weights": _short(weights * 10.0), "bias": round(float(bias), 4)}

    classes = [*names["classes"], "any"]
    return {
        "share": linear("share"),
        "out_of_scope": linear("scope"),
        "enough": linear("enough"),
        "subdomains": {n: linear("subdomains", i) for i, n in enumerate(names["subdomains"])},
        "escalation": {n: linear("escalation", i) for i, n in enumerate(classes)},
    }


def _escalation_thresholds(head: dict[str, Any], encoder: OnnxEncoder) -> dict[str, float]:
    """The pair with the best precision among those that reach the wanted recalls on dev.

    Dev is retold posts and texts written for the classes and their look-alikes.
    """
    dev = [s for s in [*natural(), *escalations()] if s.split == "dev" and s.escalate is not None]
    any_p = _probability(head, encoder.encode([s.text for s in dev]).vectors)
    rules = EscalationRules.load()
    gold = np.array([bool(s.escalate) for s in dev])
    found = [{e.id for e in rules.find([s.text])} for s in dev]
    ruled = np.array([bool(f) for f in found])
    grave = np.array([bool(f & ALWAYS_BELIEVED) for f in found])
    parts = {name: np.array([s.source == name for s in dev]) for name in RECALL_WANTED}
    best = (-1.0, 0.05, 0.05)
    for escalate in np.arange(0.05, 0.96, 0.05):
        for confirm in np.arange(0.0, escalate + 0.001, 0.05):
            said = (any_p >= escalate) | (ruled & (any_p >= confirm)) | grave
            recalls = {n: said[m & gold].mean() for n, m in parts.items()}
            if all(recalls[n] >= wanted for n, wanted in RECALL_WANTED.items()):
                best = max(best, (float(gold[said].mean()), escalate, confirm))
    print(f"escalation on dev: precision {best[0]:.3f}", file=sys.stderr)
    return {"escalate": round(float(best[1]), 2), "confirm": round(float(best[2]), 2)}


def _scope_threshold(head: dict[str, Any], encoder: OnnxEncoder) -> float:
    """The lowest that declines at most one in a hundred genuine dev posts.

    A person in trouble who is turned away is worse served than one who asks for a recipe here.
    """
    posts = [s for s in natural() if s.split == "dev" and s.scope == "in"]
    p = _probability(head, encoder.encode([s.text for s in posts]).vectors)
    fitting = [t for t in np.arange(0.3, 0.96, 0.05) if (p >= t).mean() <= MOST_DECLINED]
    return round(float(fitting[0]), 2)


def _probability(head: dict[str, Any], vectors: np.ndarray) -> np.ndarray:
    return sigmoid(vectors @ np.array(head["weights"], dtype=np.float32) + head["bias"])


def _short(weights: np.ndarray) -> list[float]:
    return [round(float(w), 4) for w in weights]


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content) + "\n", encoding="utf-8")
    print(f"wrote {path.name}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
