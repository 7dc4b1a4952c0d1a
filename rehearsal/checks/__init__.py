"""What the deployed system must be, once it is read back from the services themselves.

Each check takes the account, raises RehearsalFailed for what does not hold, and gives a line that
says what was seen.
"""
