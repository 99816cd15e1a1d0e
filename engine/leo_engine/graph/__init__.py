"""Tasks as integers and edges as tuples: order, cycles, critical path. Pure."""
