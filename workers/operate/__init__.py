"""What operators see and order, as functions that take a connection and return plain data."""
