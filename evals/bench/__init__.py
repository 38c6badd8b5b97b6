"""The benchmark: speed, memory and size against their bars, and beside a naive peer."""
