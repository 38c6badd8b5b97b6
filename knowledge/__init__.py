"""The store of guidance: cards, their passages, the encoder and the index. Knows nothing of chat."""
