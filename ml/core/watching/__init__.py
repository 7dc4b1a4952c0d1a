"""What is watched, as signals: data, predictions, performance, business, service.

Every function takes plain tables, arrays or figures and gives `Signal` values; what cannot be told
has a named state. Each module is imported by itself: a server needs one of them, and not the
statistics of the others.
"""
