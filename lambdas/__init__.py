"""Lambda handlers: thin edges that parse a message, call one function, return a message."""
