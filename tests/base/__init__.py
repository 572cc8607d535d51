"""What tests stand on: databases made from a template, and a talk whose only double is the network edge."""
