"""What an operator sees and orders, as a Python API; the commands are thin faces of it."""
