"""Graph functions: what their calls ran inside, and the gradients that were taken while they were traced."""
