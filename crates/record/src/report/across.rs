//! The page and the test cases of the runs with several agents.

use super::junit::{self, Case, End};
use super::markup::Markup;
use super::page;
use crate::across::{Ended, first_failed, rows};

/// The table and the causes, with the way to each run's own report.
pub fn page(ended: &[Ended], nonce: &str) -> Markup {
    let (passed, all) = (ended.iter().filter(|one| one.exit_code == 0).count(), ended.len());
    let title = format!("{passed} of {all} agents passed");
    let class = if passed == all { "passed" } else { "failed" };
    let mut out = Markup::new();
    page::head(&mut out, &title, nonce);
    out.raw("<header><h1 class=\"").raw(class).raw("\">").text(&title).raw("</h1></header><main>");
    page::section(&mut out, "agents", "Agents", &table(ended));
    page::section(&mut out, "causes", "Causes", &causes(ended));
    out.raw("</main></body></html>\n");
    out
}

fn table(ended: &[Ended]) -> Markup {
    let mut out = Markup::new();
    out.raw("<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Agents\"><table>");
    out.raw("<thead><tr><th scope=\"col\"><span class=\"word\">What</span></th>");
    for one in ended {
        out.raw("<th scope=\"col\">").add(&way_to(one)).raw("</th>");
    }
    out.raw("</tr></thead><tbody>");
    for row in rows(ended) {
        out.element("<tr><th scope=\"row\">", row.name, "</th>");
        for cell in row.cells {
            out.element("<td>", cell, "</td>");
        }
        out.raw("</tr>");
    }
    out.raw("</tbody></table></div>");
    out
}

/// The agent's name, which leads to the report of its run.
fn way_to(one: &Ended) -> Markup {
    let mut out = Markup::new();
    match &one.record {
        Some(record) => {
            out.raw("<a href=\"../runs/").text(&record.id).raw("/report.html\">");
            out.text(one.agent.name).raw("</a>");
        }
        None => drop(out.text(one.agent.name)),
    }
    out
}

fn causes(ended: &[Ended]) -> Markup {
    let mut out = Markup::new();
    let first = first_failed(ended).map(|one| one.agent);
    for one in ended.iter().filter(|one| one.exit_code != 0) {
        out.raw(if first == Some(one.agent) { "<details open" } else { "<details" });
        out.raw(" class=\"cause\"><summary>").add(&way_to(one)).raw(": <code>").text(one.outcome());
        out.raw("</code> ");
        match one.cause() {
            Some(cause) => {
                out.text(&cause.summary).raw("</summary>");
                out.element("<pre tabindex=\"0\">", cause.evidence.join("\n"), "</pre>");
                out.element("<p>Try next: <code>", &cause.next, "</code></p>");
            }
            None => drop(out.text(&one.said).raw("</summary>")),
        }
        out.raw("</details>");
    }
    out
}

/// A suite for each agent and stage, and one for the agent's run.
pub fn junit(ended: &[Ended]) -> Markup {
    let mut xml = Markup::new();
    xml.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"smoke\">\n");
    for one in ended {
        let (name, record) = (one.agent.name, one.record.as_ref());
        let took_ms = record.map_or(0, |record| record.duration_ms);
        let began = record.map_or("", |record| record.started_at.as_str());
        let run = Case { name: "run".into(), took_ms, end: end(one) };
        junit::suite(&mut xml, name, began, took_ms, &[run]);
        for stage in record.iter().flat_map(|record| &record.stages) {
            let of_stage = format!("{name} stage {}", stage.name);
            junit::suite(&mut xml, &of_stage, began, 0, &junit::of_stage(stage));
        }
    }
    xml.raw("</testsuites>\n");
    xml
}

fn end(one: &Ended) -> End {
    match (one.exit_code, one.cause()) {
        (0, _) => End::Passed,
        (_, Some(cause)) => {
            let (message, text) = junit::told(cause);
            End::Failed(message, text)
        }
        (code, None) => End::Error(format!("it exited with {code}"), one.said.clone()),
    }
}
