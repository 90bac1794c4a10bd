"""What every stage but the plugin stands on: errors, whole files, run folders, progress, pages."""
