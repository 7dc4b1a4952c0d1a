"""How a new file is admitted: its event, its order among others, its head, its job."""
