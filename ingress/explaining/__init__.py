"""What a signature, a secret and a body may have been when the platform signed. Pure."""
