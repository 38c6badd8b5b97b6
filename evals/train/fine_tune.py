"""Fine-tunes the encoder with all heads at once and writes weights and heads.

One encoder serves share, scope, sub-domains, escalation classes, 'enough said' and a score for
every card (listwise, on cards graded from the cause). The lower layers stay as they are: their
outputs are computed once, which makes training on two cores a matter of minutes.

Writes a folder for `make_encoder.py` and `heads.pt`; `export_heads.py` writes the files that ship.
"""

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from evals.metrics.retrieval import ndcg
from evals.train.figures import describe
from evals.train.model import WIDTH, Heads, Upper
from evals.train.situations import Situation, authored, everything
from knowledge.library import load_library

MAX_TOKENS = 256
BATCH = 32
CARD_SITUATION_WEIGHT = 0.5


def main() -> None:
    """Train, print the figures on dev after each epoch, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model-dir",
        type=Path,
        required=True,
        help="folder of all-MiniLM-L6-v2, or of an earlier run to go on from",
    )
    parser.add_argument("--out", type=Path, default=Path("build/encoder"))
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--freeze", type=int, default=3, help="lower layers kept as they are")
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--authored-share",
        type=float,
        default=0.3,
        help="weight of the share of authored situations, whose mix is not the natural one",
    )
    parser.add_argument("--share-weight", type=float, default=4.0)
    parser.add_argument("--repeat", type=int, default=2, help="times a natural post is seen")
    parser.add_argument("--no-natural", action="store_true", help="ablation: authored data only")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    Training(arguments).run()


class Training:
    """One run."""

    def __init__(self, arguments: argparse.Namespace):
        from transformers import AutoModel, AutoTokenizer

        self.arguments = arguments
        self.tokenizer = AutoTokenizer.from_pretrained(arguments.model_dir)
        self.model = AutoModel.from_pretrained(arguments.model_dir)
        self.lower = self.model.encoder.layer[: arguments.freeze]
        self.upper = Upper(self.model.encoder.layer[arguments.freeze :])
        library = load_library()
        self.card_ids = list(library.cards)
        self.subdomain_ids = list(library.canon.subdomains)
        self.class_ids = sorted({c for s in authored() for c in s.escalate or ()})
        known = everything()
        situations = [s for s in known if not arguments.no_natural or s.source != "natural"]
        for card in library.cards.values():
            situations += [
                Situation(
                    id=f"{card.id}-{i}",
                    text=text,
                    source="card",
                    split="train",
                    cards={card.id: 3},
                    weight=CARD_SITUATION_WEIGHT,
                )
                for i, text in enumerate(card.situations)
            ]
        self.train = [s for s in situations if s.split == "train"]
        more = [s for s in self.train if s.source == "natural"] * (arguments.repeat - 1)
        self.train += more
        self.dev = [s for s in known if s.split == "dev" and s.source == "natural"]
        started = time.monotonic()
        self.hidden = self._lower([s.text for s in self.train])
        self.dev_hidden = self._lower([s.text for s in self.dev])
        briefs = [f"{c.title}. {c.cause}. {c.sections['when']}" for c in library.cards.values()]
        self.heads = Heads(
            self.vectors(self._lower(briefs)), len(self.subdomain_ids), len(self.class_ids)
        )
        earlier = arguments.model_dir / "heads.pt"
        if earlier.exists():
            self.heads.load_state_dict(torch.load(earlier, weights_only=True))
        print(
            f"train {len(self.train)}, dev {len(self.dev)}, "
            f"lower layers in {time.monotonic() - started:.0f} s",
            flush=True,
        )

    def run(self) -> None:
        """All epochs."""
        steps = self.arguments.epochs * math.ceil(len(self.train) / BATCH)
        optimiser = torch.optim.AdamW(
            [
                {"params": list(self.heads.parameters()), "lr": 1e-3},
                {"params": list(self.upper.parameters()), "lr": self.arguments.lr},
            ],
            weight_decay=0.01,
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda s: min(1.0, (s + 1) / (0.1 * steps)) * max(0.0, 1 - s / steps)
        )
        rng = np.random.default_rng(self.arguments.seed)
        for epoch in range(self.arguments.epochs):
            started, total = time.monotonic(), 0.0
            self.upper.train()
            batches = self._batches(rng)
            for batch in batches:
                loss = self._loss(batch)
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.upper.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                total += float(loss)
            figures = self.evaluate()
            print(
                f"epoch {epoch} loss {total / len(batches):.3f} "
                f"{time.monotonic() - started:.0f} s {json.dumps(figures)}",
                flush=True,
            )
        self._save(figures)

    def _lower(self, texts: list[str]) -> list[Tensor]:
        self.model.eval()
        found: list[Tensor] = [torch.empty(0)] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        with torch.no_grad():
            for start in range(0, len(order), BATCH):
                places = order[start : start + BATCH]
                batch = self.tokenizer(
                    [texts[i] for i in places],
                    padding=True,
                    truncation=True,
                    max_length=MAX_TOKENS,
                    return_tensors="pt",
                )
                h = self.model.embeddings(
                    input_ids=batch["input_ids"], token_type_ids=batch["token_type_ids"]
                )
                bias = (1 - batch["attention_mask"][:, None, None, :].float()) * -1e9
                for layer in self.lower:
                    out = layer(h, bias)
                    h = out[0] if isinstance(out, tuple) else out
                for row, i in enumerate(places):
                    found[i] = h[row, : int(batch["attention_mask"][row].sum())].clone()
        return found

    def vectors(self, hidden: list[Tensor]) -> Tensor:
        """Unit vectors without dropout, in the order given."""
        self.upper.eval()
        found = torch.zeros(len(hidden), WIDTH)
        order = sorted(range(len(hidden)), key=lambda i: len(hidden[i]))
        with torch.no_grad():
            for start in range(0, len(order), BATCH):
                places = order[start : start + BATCH]
                found[places] = self.upper([hidden[i] for i in places])
        return found

    def _batches(self, rng: np.random.Generator) -> list[list[int]]:
        """Batches of texts of about the same length, in random order."""
        order = rng.permutation(len(self.train))
        batches: list[list[int]] = []
        for start in range(0, len(order), BATCH * 8):
            block = sorted(order[start : start + BATCH * 8], key=lambda i: len(self.hidden[i]))
            batches += [block[i : i + BATCH] for i in range(0, len(block), BATCH)]
        rng.shuffle(batches)
        return batches

    def _loss(self, batch: list[int]) -> Tensor:
        rows = [self.train[i] for i in batch]
        out = self.heads(self.upper([self.hidden[i] for i in batch]))
        weights = torch.tensor([r.weight for r in rows])
        grades = torch.zeros(len(rows), len(self.card_ids))
        for i, row in enumerate(rows):
            for card, grade in row.cards.items():
                if card in self.card_ids:
                    grades[i, self.card_ids.index(card)] = 2.0**grade - 1.0
        has = (grades.sum(1) > 0).float()
        target = grades / grades.sum(1, keepdim=True).clamp(min=1.0)
        loss = (-(target * F.log_softmax(out["cards"], 1)).sum(1) * weights * has).mean()
        shares = [r.share for r in rows]
        trusted = torch.tensor(
            [self.arguments.authored_share if r.source == "authored" else 1.0 for r in rows]
        )
        # cross-entropy with the mean vote as a soft target: stronger than squared error where it is
        # far off, and least at the same place
        off = F.binary_cross_entropy_with_logits(out["share"], _filled(shares), reduction="none")
        loss = loss + self.arguments.share_weight * _masked(off * trusted, shares)
        for name, values in (
            ("scope", [None if r.scope is None else float(r.scope == "out") for r in rows]),
            ("enough", [None if r.enough is None else float(r.enough) for r in rows]),
        ):
            each = F.binary_cross_entropy_with_logits(out[name], _filled(values), reduction="none")
            loss = loss + 0.5 * _masked(each, values)
        loss = loss + self._multi(
            out["subdomains"], self.subdomain_ids, [r.subdomains for r in rows]
        )
        escalated = [
            None if r.escalate is None else [*r.escalate, *(["any"] if r.escalate else [])]
            for r in rows
        ]
        return loss + self._multi(out["escalation"], [*self.class_ids, "any"], escalated)

    @staticmethod
    def _multi(logits: Tensor, names: list[str], given: list[Any]) -> Tensor:
        target = torch.tensor([[float(n in (g or ())) for n in names] for g in given])
        each = F.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(1)
        return 0.3 * _masked(each, given)

    def evaluate(self) -> dict[str, float]:
        """Figures on the natural dev posts."""
        with torch.no_grad():
            out = self.heads(self.vectors(self.dev_hidden))
        ranked = torch.argsort(-out["cards"], 1)[:, :10].tolist()
        scores = [
            ndcg([self.card_ids[j] for j in row], s.cards)
            for row, s in zip(ranked, self.dev, strict=True)
            if s.cards
        ]
        return {
            "ndcg5": round(float(np.mean(scores)), 4),
            **describe(
                self.dev,
                torch.sigmoid(out["share"]).numpy(),
                torch.sigmoid(out["escalation"][:, -1]).numpy(),
                torch.sigmoid(out["scope"]).numpy(),
            ),
        }

    def _save(self, figures: dict[str, float]) -> None:
        folder = self.arguments.out
        folder.mkdir(parents=True, exist_ok=True)
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        torch.save(self.heads.state_dict(), folder / "heads.pt")
        (folder / "heads_names.json").write_text(
            json.dumps(
                {
                    "cards": self.card_ids,
                    "subdomains": self.subdomain_ids,
                    "classes": self.class_ids,
                    "trained_on": len(self.train),
                    "dev": figures,
                }
            ),
            encoding="utf-8",
        )


def _filled(values: list[float | None]) -> Tensor:
    return torch.tensor([0.0 if v is None else v for v in values])


def _masked(each: Tensor, given: list[Any]) -> Tensor:
    mask = torch.tensor([float(g is not None) for g in given])
    return (each * mask).sum() / mask.sum().clamp(min=1.0)


if __name__ == "__main__":
    main()
