"""What is said: dialogues, channels, delivery, and the composition root `python -m bot`."""
