"""One stack per concern; those that hold data hold no compute."""
