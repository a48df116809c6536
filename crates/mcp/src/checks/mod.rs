//! Checks of what a server lists and answers, by what official clients and the APIs of models take.

mod content;
mod result;
mod schema;
mod tools;

pub use result::of_result;
pub use tools::{of_tools, server_of, unusable};
