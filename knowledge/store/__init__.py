"""The SQL store: documents, their passages and vectors. Truth lives here; the index is a cache."""
