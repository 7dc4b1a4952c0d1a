"""How people are told: what a message says, whether it was said already, and over which channel."""
