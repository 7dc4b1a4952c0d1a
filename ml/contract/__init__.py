"""The light half: what a scoring problem is. Standard library only, so that it loads everywhere."""
