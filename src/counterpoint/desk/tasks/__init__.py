"""Pages of what is to be done: one's own tasks and queues, the board of clocks, who is away."""
