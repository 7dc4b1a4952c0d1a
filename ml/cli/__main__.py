"""`python -m ml.cli` is the command `leadwise`."""

from ml.cli.app import main

main()
