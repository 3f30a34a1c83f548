# Defined by the portal room: compiles portal/web and puts the result into the binary.
