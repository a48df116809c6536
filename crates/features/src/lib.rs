//! No code, only dependencies: what `xtask` and the stack have in common gets the same features in the build of
//! either. So it is compiled for both at once, and who runs `cargo xtask smoke` in a new clone waits for it once.
