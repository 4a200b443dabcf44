"""What the commands do and print; the command line itself is `workers.__main__`."""
