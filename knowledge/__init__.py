"""The store of guidance: cards, passages, encoder and index. Knows nothing of chat."""
