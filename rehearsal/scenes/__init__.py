"""What happens once the system stands: a file comes, leads drift, two ask at once.

Each scene takes the stage, raises RehearsalFailed for what does not hold, and gives a line that
says what was seen.
"""

from rehearsal.scenes import files, permissions, retraining, scoring, telling

ALL = (*files.ALL, *retraining.ALL, *scoring.ALL, *telling.ALL, *permissions.ALL)
