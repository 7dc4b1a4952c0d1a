"""Resources with safe defaults, shared by the stacks."""
