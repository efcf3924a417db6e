"""What versions answer in shadow of the champion; no person and no effect sees it."""
