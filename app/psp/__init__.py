"""Floor 2: payment providers behind `domain.payments.port`."""
