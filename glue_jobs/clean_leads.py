"""What Glue starts to clean one version of one raw file."""

import sys

from glue_jobs.cleaning_run import main

if __name__ == "__main__":
    main(sys.argv[1:])
