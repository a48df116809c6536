//! The findings, as a table.

use smoke_core::text::legible::cut;

use super::markup::Markup;
use crate::run_record::RunRecord;

/// The most findings that are shown.
const MOST: usize = 200;

/// All findings of the run, with what shows them.
pub fn all(record: &RunRecord) -> Markup {
    let mut out = Markup::new();
    if record.findings.is_empty() {
        return out;
    }
    out.raw("<p class=\"dim\">What some clients would refuse, or people would be bothered by, ");
    out.raw("although the run was served.</p><div class=\"wide\" role=\"region\" tabindex=\"0\" ");
    out.raw("aria-label=\"Findings\"><table><thead><tr><th scope=\"col\">Finding");
    out.raw("<th scope=\"col\">Of<th scope=\"col\">Step<th scope=\"col\">What</tr></thead><tbody>");
    for finding in record.findings.iter().take(MOST) {
        let accepted = if finding.accepted { " (accepted)" } else { "" };
        out.element("<tr><th scope=\"row\"><code>", finding.name.as_str(), "</code>");
        out.text(accepted).raw("</th>").element("<td>", cut(&finding.subject, 120), "</td>");
        out.element("<td>", &finding.step, "</td><td>").text(cut(&finding.summary, 400));
        if !finding.evidence.is_empty() {
            out.element("<pre tabindex=\"0\">", cut(&finding.evidence.join("\n"), 2_000), "</pre>");
        }
        out.raw("</td></tr>");
    }
    out.raw("</tbody></table></div>");
    out
}
