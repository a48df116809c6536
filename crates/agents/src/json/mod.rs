//! JSON text of which only those parts are looked at that somebody asks for.
//!
//! A transcript of a gigabyte is nearly all text that nobody asks for, and agents write fields in forms
//! that no version before did. So a line is not made into a tree or into types of its own: its fields are
//! found by their names, and each says what it is when it is asked.

mod kept;
mod scan;
mod squeeze;
mod surrogates;
mod view;

pub use kept::KeptJson;
pub use squeeze::{Limits, Squeeze};
pub use surrogates::mended;
pub use view::{Json, fields, nested_fields};
