"""A package, since a dependency ships a folder of the same name that would otherwise win."""
