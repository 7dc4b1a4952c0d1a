"""What tests need beyond Python: found on the machine, else installed, else a clear failure."""
