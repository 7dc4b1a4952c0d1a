"""What the head of a file tells: the half of intake that needs the standard library only.

`ml.core.intake` reads whole files with it; the intake Lambda looks at the first bytes alone.
"""
