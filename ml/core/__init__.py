"""The heavy half that is pure: frames and arrays in, values out."""
