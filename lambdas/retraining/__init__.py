"""How a retrain is started: who asked, whether it may run now, and what runs it."""
