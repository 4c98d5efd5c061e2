"""One method of estimating a server's clock a file: ours, and others written from their published descriptions."""
