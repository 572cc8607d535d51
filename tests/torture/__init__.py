"""The bot is killed at every named point and at random times, and nothing that was accepted may be lost or doubled."""
