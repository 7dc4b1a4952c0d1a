"""Scripts behind the figures: each names its data and its seed."""
