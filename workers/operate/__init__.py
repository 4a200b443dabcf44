"""What operators see and order, as functions; the commands are one thin face of them."""
