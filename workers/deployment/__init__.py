"""What Kubernetes, Compose and systemd are told so that they run workers. All of it is pure."""
