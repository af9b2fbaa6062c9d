"""What is kept of requests, so that people can look into them later."""
