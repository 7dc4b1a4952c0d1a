"""What Leadwise is compared with: the same model as people usually serve it."""
