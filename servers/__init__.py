"""What runs on machines of its own."""
