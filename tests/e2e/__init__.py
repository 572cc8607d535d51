"""The whole bot in the test's own loop: real HTTP, real databases, and messengers that refuse what the real ones do."""
