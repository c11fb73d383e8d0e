"""Start a broker, stop it, break it."""
