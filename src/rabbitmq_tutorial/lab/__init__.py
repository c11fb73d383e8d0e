"""The lab: start a broker, look inside it, break it."""
