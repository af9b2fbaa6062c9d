"""Floor 0: pure rules. Standard library only; takes facts and `now`, returns decisions that say why."""
