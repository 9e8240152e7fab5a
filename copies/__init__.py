"""What a copy is: how photos are known again, laid on each other, and told from other photos of the same face."""
