//! The environment and its audit, the versions, and the developer's own setup.

use smoke_core::text::legible::cut;

use super::markup::Markup;
use crate::run_record::RunRecord;

/// The most differences that are shown.
const MOST: usize = 200;

/// The audit of the live processes, and the variables that all children were given.
pub fn environment(record: &RunRecord) -> Markup {
    let mut out = Markup::new();
    let audit = &record.env_audit;
    let said = match (audit.processes, audit.mismatches.len()) {
        (0, 0) => "No live process was read.".to_owned(),
        (read, 0) => format!("{read} live processes had what the run gave them."),
        (read, differ) => format!("{read} live processes were read; {differ} values differ:"),
    };
    out.element("<p>", said, "</p>");
    if !audit.mismatches.is_empty() {
        mismatches(&mut out, record);
    }
    if !record.host.untouched {
        let changed = record.host.changed.join(", ");
        out.element("<p class=\"failed\">✗ Changed in your own setup: ", changed, "</p>");
    }
    if !record.environment.is_empty() {
        let count = record.environment.len();
        out.raw("<details><summary>").text(format!("The {count} variables of every child"));
        out.raw("</summary><p class=\"dim\">Secrets are masked. Of most inherited values there is only ");
        out.raw("a fingerprint (#…).</p><div class=\"wide\" role=\"region\" tabindex=\"0\" ");
        out.raw("aria-label=\"Variables\">");
        pairs(&mut out, "Variable", "Value", record.environment.iter());
        out.raw("</div></details>");
    }
    out
}

fn mismatches(out: &mut Markup, record: &RunRecord) {
    out.raw(
        "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Differences\"><table>",
    );
    out.raw("<thead><tr><th scope=\"col\">Process<th scope=\"col\">Variable<th scope=\"col\">");
    out.raw("Expected<th scope=\"col\">Found</tr></thead><tbody>");
    for found in record.env_audit.mismatches.iter().take(MOST) {
        let process = format!("{} {}", found.pid, cut(&found.argv.join(" "), 120));
        out.element("<tr><td>", process, "</td>").element(
            "<th scope=\"row\">",
            &found.key,
            "</th>",
        );
        out.element("<td>", cut(&found.expected, 400), "</td>");
        let actual = found.actual.as_deref().unwrap_or("nothing");
        out.element("<td>", cut(actual, 400), "</td></tr>");
    }
    out.raw("</tbody></table></div>");
}

/// The versions of what took part.
pub fn versions(record: &RunRecord) -> Markup {
    let mut out = Markup::new();
    if !record.versions.is_empty() {
        pairs(&mut out, "Program", "Version", record.versions.iter());
    }
    out
}

fn pairs<'a>(
    out: &mut Markup,
    name: &'static str,
    value: &'static str,
    pairs: impl Iterator<Item = (&'a String, &'a String)>,
) {
    out.raw("<table><thead><tr><th scope=\"col\">").raw(name).raw("<th scope=\"col\">").raw(value);
    out.raw("</tr></thead><tbody>");
    for (name, value) in pairs {
        out.element("<tr><th scope=\"row\">", name, "</th>");
        out.element("<td>", cut(value, 2_000), "</td></tr>");
    }
    out.raw("</tbody></table>");
}
