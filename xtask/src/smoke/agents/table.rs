//! The table of several agents, as text.

use smoke_record::across::{Ended, Row, rows};

use crate::runs::table;

/// The table for the screen.
pub fn text(ended: &[Ended]) -> String {
    let names = ended.iter().map(|one| one.agent.name);
    let headings: Vec<&str> = std::iter::once("").chain(names).collect();
    let cells = |Row { name, cells }| std::iter::once(name).chain(cells).collect();
    let rows: Vec<Vec<String>> = rows(ended).into_iter().map(cells).collect();
    table::text(&headings, &rows)
}
