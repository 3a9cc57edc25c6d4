"""The demonstration: the hangout of 2012, held anew two weeks from now, on this computer."""
