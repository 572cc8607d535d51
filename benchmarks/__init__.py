"""Figures of the whole product against bare baselines measured in the same run: ``python -m benchmarks [names…]``."""
