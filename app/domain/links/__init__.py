"""Recovery links: in which state one is, what a payer is shown of it, and who only looks."""
