"""A draft of a policy on the organization's own history."""

from app.services.simulations.simulate import MOST, Side, Simulation, Unknowns, simulate

__all__ = ["MOST", "Side", "Simulation", "Unknowns", "simulate"]
