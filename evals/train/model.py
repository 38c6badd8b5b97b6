"""What learns: the upper layers of the encoder with pooling, and the heads over the vector."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WIDTH = 384


class Heads(nn.Module):
    """Linear maps over the pooled vector."""

    def __init__(self, cards: Tensor, subdomains: int, classes: int):
        super().__init__()
        self.cards = nn.Parameter(cards.clone())
        self.card_bias = nn.Parameter(torch.zeros(len(cards)))
        self.scale = nn.Parameter(torch.tensor(math.log(20.0)))
        self.share = nn.Linear(WIDTH, 1)
        self.scope = nn.Linear(WIDTH, 1)
        self.enough = nn.Linear(WIDTH, 1)
        self.subdomains = nn.Linear(WIDTH, subdomains)
        self.escalation = nn.Linear(WIDTH, classes + 1)

    def forward(self, v: Tensor) -> dict[str, Tensor]:
        """Logits of every head; the vector counts ten times, since it has unit length."""
        ten = v * 10.0
        return {
            "cards": v @ self.cards.T * self.scale.exp() + self.card_bias,
            "share": self.share(ten)[:, 0],
            "scope": self.scope(ten)[:, 0],
            "enough": self.enough(ten)[:, 0],
            "subdomains": self.subdomains(ten),
            "escalation": self.escalation(ten),
        }


class Upper(nn.Module):
    """The layers that learn, with pooling."""

    def __init__(self, layers: nn.ModuleList):
        super().__init__()
        self.layers = layers

    def forward(self, hidden: list[Tensor]) -> Tensor:
        """Unit vectors of texts given by the outputs of the lower layers."""
        x = torch.nn.utils.rnn.pad_sequence(hidden, batch_first=True)
        mask = torch.zeros(x.shape[:2])
        for row, h in enumerate(hidden):
            mask[row, : len(h)] = 1
        bias = (1.0 - mask[:, None, None, :]) * -1e9
        for layer in self.layers:
            out = layer(x, bias)
            x = out[0] if isinstance(out, tuple) else out
        return F.normalize((x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True), dim=-1)
