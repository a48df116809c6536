//! What a file of the repository says of how the server is started.

use super::command_line::Line;

/// A way to start something, as a file tells it.
#[derive(Clone, Debug)]
pub struct Hint {
    /// The file.
    pub file: String,
    /// The command; none where the file only says what is wanted.
    pub line: Option<Line>,
    /// The variables that it wants.
    pub variables: Vec<Variable>,
    /// Where it listens, if it does.
    pub address: Option<String>,
    /// Whether it is an example of a shell rather than a client's entry, and counts after all others.
    pub is_aside: bool,
}

/// A variable that a server wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Whether the server is said not to work without it.
    pub is_required: bool,
    /// Whether it stands in the entry that people copy into their client's list.
    pub is_usual: bool,
    /// A value that is said and is no secret, such as a mode.
    pub value: Option<String>,
}

impl Hint {
    /// One that says nothing yet.
    pub fn of(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            variables: Vec::new(),
            address: None,
            is_aside: false,
        }
    }
}

impl Variable {
    /// One of which nothing but the name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_required: false, is_usual: false, value: None }
    }
}
