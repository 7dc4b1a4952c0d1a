"""What the synthesized stacks cost: `python -m infra.cost`."""
