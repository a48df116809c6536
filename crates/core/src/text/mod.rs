//! Texts that others wrote, made fit to be shown to people.

pub mod deceptive;
pub mod fingerprint;
pub mod legible;
pub mod nearest;
mod shown;
pub mod tail;

pub use shown::shown;
