//! A run in Markdown, for the page of a workflow's run.

use smoke_core::cause::Cause;

use crate::across::{Ended, first_failed, rows};
use crate::run_record::RunRecord;
use crate::verdict::word;

/// The verdict, every cause with its evidence, and the steps and stages as tables, in at most `room`
/// bytes.
pub fn of(record: &RunRecord, room: usize) -> String {
    let mut text = format!(
        "### Smoke of {}: {} in {:.1} s\n\n",
        code(&record.profile),
        word(record.outcome),
        record.duration_ms as f64 / 1000.0
    );
    for failure in &record.causes {
        text.push_str(&cause(&failure.step, &failure.cause));
    }
    text.push_str(&findings(record));
    text.push_str(&steps(record));
    text.push_str(&stages(record));
    text.push_str(&format!(
        "\nRun {} of commit {}.\n\n",
        code(&record.id),
        code(&record.source.commit)
    ));
    cut(text, room)
}

/// The table of several agents, and then each of their runs, in at most `room` bytes.
pub fn across(ended: &[Ended], room: usize) -> String {
    let how = if first_failed(ended).is_none() { "passed" } else { "FAILED" };
    let mut text = format!("### Smoke with {} agents: {how}\n\n", ended.len());
    let line = |name: &str, cells: Vec<String>| format!("| {name} | {} |\n", cells.join(" | "));
    text.push_str(&line("", ended.iter().map(|one| code(one.agent.name)).collect()));
    text.push_str(&line("---", vec!["---".to_owned(); ended.len()]));
    for row in rows(ended) {
        text.push_str(&line(&code(&row.name), row.cells.iter().map(|cell| code(cell)).collect()));
    }
    for (one, record) in ended.iter().filter_map(|one| Some((one, one.record.as_ref()?))) {
        text.push_str(&format!("\n**{}**\n\n{}", code(one.agent.name), of(record, room)));
    }
    cut(text, room)
}

fn cause(step: &str, cause: &Cause) -> String {
    let evidence = cause.evidence.join("\n");
    let fence = fence(&evidence);
    format!(
        "**{} [{}]** {}\n\n{fence}text\n{evidence}\n{fence}\n\nTry next: {}\n\n",
        code(step),
        cause.code.as_str(),
        code(&cause.summary),
        code(&cause.next)
    )
}

fn findings(record: &RunRecord) -> String {
    if record.findings.is_empty() {
        return String::new();
    }
    let mut text = "| finding | of | what |\n| --- | --- | --- |\n".to_owned();
    for finding in &record.findings {
        let accepted = if finding.accepted { " (accepted)" } else { "" };
        let (name, subject) = (finding.name.as_str(), code(&finding.subject));
        text.push_str(&format!("| {name}{accepted} | {subject} | {} |\n", code(&finding.summary)));
    }
    text + "\n"
}

fn steps(record: &RunRecord) -> String {
    let mut text = "| step | outcome | seconds |\n| --- | --- | ---: |\n".to_owned();
    for step in &record.steps {
        let seconds = step.duration_ms as f64 / 1000.0;
        text.push_str(&format!("| {} | {} | {seconds:.3} |\n", code(&step.id), word(step.outcome)));
    }
    text
}

fn stages(record: &RunRecord) -> String {
    if record.stages.is_empty() {
        return String::new();
    }
    let mut text = "\n| stage | calls | expectations met |\n| --- | ---: | ---: |\n".to_owned();
    for stage in &record.stages {
        let met = stage.expectations.iter().filter(|expectation| expectation.met).count();
        let (calls, all) = (stage.calls.len(), stage.expectations.len());
        text.push_str(&format!("| {} | {calls} | {met} of {all} |\n", code(&stage.name)));
    }
    text
}

/// Text from outside, on one line and with no other meaning than itself.
fn code(text: &str) -> String {
    let mut safe = String::from("<code>");
    for c in text.chars() {
        match c {
            c if c.is_control() => safe.push(' '),
            c if c.is_ascii_alphanumeric() || " -/".contains(c) || !c.is_ascii() => safe.push(c),
            c => safe.push_str(&format!("&#{};", c as u32)),
        }
    }
    safe + "</code>"
}

/// A fence that is longer than any in `text`.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// What is too long would be dropped as a whole.
fn cut(text: String, room: usize) -> String {
    const SAID: &str = "\n\n(cut; the run folder has all of it)\n";
    if text.len() <= room {
        return text;
    }
    let Some(most) = room.checked_sub(SAID.len()) else { return String::new() };
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}{SAID}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_means_nothing_but_itself() {
        assert_eq!(
            code("a|b<img>`x`\n@me"),
            "<code>a&#124;b&#60;img&#62;&#96;x&#96; &#64;me</code>"
        );
        assert_eq!(fence("a ```` b"), "`````");
        assert_eq!(fence("plain"), "```");
    }

    #[test]
    fn it_stays_within_its_room() {
        let long = "\u{e9}".repeat(600_000);
        let cut_text = cut(long, 1 << 20);
        assert!(cut_text.len() <= 1 << 20 && cut_text.ends_with("all of it)\n"));
        assert_eq!(cut("x".repeat(50), 10), "");
    }
}
