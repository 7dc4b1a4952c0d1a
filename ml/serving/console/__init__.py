"""The console's pages for people who work leads and answer for models."""
