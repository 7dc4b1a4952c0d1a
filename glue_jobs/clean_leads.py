"""What Glue starts to clean raw files: one version of one, or all that a manifest names."""

import sys

from glue_jobs.cleaning_run import main

if __name__ == "__main__":
    main(sys.argv[1:])
