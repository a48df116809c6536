//! Lines of JSON of any size, of which only those parts are looked at that somebody asks for.
//!
//! A transcript of a gigabyte is nearly all text that nobody asks for, and agents write fields in forms
//! that no version before did. So a line is not made into a tree or into types of its own: its fields are
//! found by their names, and each says what it is when it is asked. What is kept is kept as text, and no more of it
//! than there is room for.

mod find;
mod kept;
mod lines;
mod scan;
mod squeeze;
mod surrogates;
mod view;

pub use kept::KeptJson;
pub use lines::{Line, Lines};
pub use surrogates::mended;
pub use view::{Json, fields, nested_fields};
