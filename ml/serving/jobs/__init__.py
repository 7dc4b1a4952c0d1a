"""Jobs: files that are scored beside the requests, watched from any worker, stopped at will."""
