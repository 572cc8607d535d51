"""What is remembered and what follows from it."""
