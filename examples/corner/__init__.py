"""The pieces of the example scene: each module builds one part of a street corner at dusk.

Metres throughout; X runs along the main street to the east, Y into the picture to the north,
Z up. The road's surface is z = 0, the pavement's is `KERB`.
"""

KERB = 0.15
"""Height of the pavement above the road, in metres."""
