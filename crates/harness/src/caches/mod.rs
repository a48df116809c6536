//! Caches: what is kept between runs.

pub mod builds;
pub mod passes;
pub mod room;
pub mod setups;
pub mod target;
