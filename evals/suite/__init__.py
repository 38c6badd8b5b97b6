"""The offline lane: cases, systems, metrics, comparison, gate and report."""
