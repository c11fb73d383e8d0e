"""The pages as programs: read, played by the tests, shown by the demo."""
