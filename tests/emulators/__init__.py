"""Strict local servers that speak the HTTP APIs of the messengers, for end-to-end tests and benchmarks.

They refuse what the real servers refuse and enforce the published limits. Nothing is imported here, so that
``python -m tests.emulators.telegram`` starts clean; import from ``telegram``, ``vk`` and ``loopback``.
"""
