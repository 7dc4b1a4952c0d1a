"""The HTTP face: the scoring API and the page that sales people use."""
