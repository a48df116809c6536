//! Collapsible sections of a GitLab job's log.

use std::time::SystemTime;

/// The line that opens the section `name`.
pub fn start(name: &str, title: &str, collapsed: bool) -> String {
    let option = if collapsed { "[collapsed=true]" } else { "" };
    let title: String = title.chars().filter(|c| !c.is_control()).collect();
    format!("\x1b[0Ksection_start:{}:{}{option}\r\x1b[0K{title}", now(), plain(name))
}

/// The line that closes it.
pub fn end(name: &str) -> String {
    format!("\x1b[0Ksection_end:{}:{}\r\x1b[0K", now(), plain(name))
}

fn plain(name: &str) -> String {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    name.chars().map(|c| if fine(c) { c } else { '_' }).collect()
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_a_time_and_a_plain_name() {
        let line = start("check-a b", "title\r\x1b[31m", true);
        assert!(line.contains(":check-a_b[collapsed=true]\r\x1b[0Ktitle[31m"), "{line:?}");
        assert!(end("x").starts_with("\x1b[0Ksection_end:1"));
    }
}
