"""Floor 1: the technical ground. Settings, clock, crypto, HTTP, Redis, logs and metrics; knows no capability."""
