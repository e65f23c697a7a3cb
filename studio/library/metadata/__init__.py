"""Settings inside picture files, of this program and of others."""
