"""What versions answer that are tried beside the champion; no person and no effect sees it."""
