"""What is printed: the short address, its code and the sheet that hangs at a point. Imports nothing of ours.

Importing a module here loads no library: `qr.code` and `qr.sheet` load theirs when they draw.
"""
