"""What callers send and what they are told: the half of serving that needs no server.

`ml.serving` answers with it; the scoring Lambda refuses with it before it asks the endpoint.
"""
