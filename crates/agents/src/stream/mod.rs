//! Reading what agents print: one reader of lines for all, and a form for each agent, which says what its
//! lines mean.

mod form;
mod moment;
mod reader;
mod reported;
mod utf16;

#[cfg(test)]
mod plain_tests;
#[cfg(test)]
mod reader_tests;

pub use form::Form;
pub use moment::moment;
pub use reader::Reader;
pub use reported::reported;
