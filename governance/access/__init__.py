"""Access reviews: who holds what, confirmed or taken back by somebody else."""
