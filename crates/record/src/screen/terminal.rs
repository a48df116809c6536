//! The terminal: its size and its colours.

use std::io::{self, IsTerminal};

/// Whether lines of stderr can be drawn over: it is a terminal that understands how, and nobody
/// keeps what it shows as a log.
pub fn is_live() -> bool {
    io::stderr().is_terminal()
        && set("TERM").is_none_or(|term| term != "dumb")
        && set("CI").is_none()
}

/// Whether stderr gets colours. CLICOLOR_FORCE and NO_COLOR are what most programs go by.
pub fn has_colours() -> bool {
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|force| force != "0") {
        return true;
    }
    let wanted = set("CLICOLOR").is_none_or(|wanted| wanted != "0");
    wanted && io::stderr().is_terminal() && set("TERM").is_none_or(|term| term != "dumb")
}

/// Columns and lines of the terminal that stderr is; none if it is none.
pub fn size() -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
    let or = |found: u16, usual: usize| if found == 0 { usual } else { usize::from(found) };
    Some((or(size.ws_col, 80).max(20), or(size.ws_row, 24).max(3)))
}

fn set(key: &str) -> Option<String> {
    std::env::var(key).ok().filter(|value| !value.is_empty())
}
