//! Frames, the evaluation loop, generators, import, sys and builtins.
