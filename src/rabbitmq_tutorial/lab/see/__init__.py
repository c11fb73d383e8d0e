"""What the broker holds: tables and pictures."""
