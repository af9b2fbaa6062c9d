"""Real servers from wheels, as children of this process: for `tinko run` and the tests, never for production."""
